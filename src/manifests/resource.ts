import type { z } from 'zod';
import { OperationError } from '../contract/operation-error.ts';
import { RESOURCE_KINDS, ResourceKind, type SpecOf } from '../contract/resource-kinds.ts';
import { RouteSpec } from '../routes/route-spec.ts';

export { ResourceKind, type SpecOf };

export const API_VERSION = 'sallyport/v1alpha1';

/** What of a kind may be written: a stored one may be more than that, since an older version let it in. */
export function writtenSchema(kind: ResourceKind): z.ZodType {
  return kind === 'Route' ? RouteSpec : RESOURCE_KINDS[kind].schema;
}

/** Where a resource was written. */
export interface ResourceOrigin {
  /** A file's path, or `-` for standard input. */
  readonly file: string;
  /** The document in the file, from 1; 0 for the file as a whole. */
  readonly document: number;
}

/** Of resources that come in a request: an edge that read them from files places them by name. */
export const REQUEST: ResourceOrigin = { file: 'request', document: 0 };

export type Resource<K extends ResourceKind = ResourceKind> = {
  [P in K]: { readonly kind: P; readonly spec: SpecOf<P>; readonly origin: ResourceOrigin };
}[K];

/** A resource as the store has it. */
export type StoredResource<K extends ResourceKind = ResourceKind> = {
  [P in K]: { readonly kind: P; readonly spec: SpecOf<P> };
}[K];

export function ofKind<K extends ResourceKind, T extends { readonly kind: ResourceKind }>(
  kind: K,
  resources: readonly T[],
): (T & { readonly kind: K })[] {
  return resources.filter((resource): resource is T & { readonly kind: K } => resource.kind === kind);
}

/** A problem in a resource. */
export interface ResourceProblem {
  readonly origin: ResourceOrigin;
  /** Such as `Route checkout: hosts[0]`. */
  readonly path: string;
  readonly message: string;
  /** In the file, counted from 1; absent if it is not one place. */
  readonly line?: number;
  readonly column?: number;
}

/** Resources that can't be applied, with the places of the files that they come from. Nothing was changed. */
export class ResourceError extends OperationError {
  override readonly name = 'ResourceError';
  readonly problems: readonly ResourceProblem[];
  constructor(problems: readonly ResourceProblem[]) {
    super('unprocessable', 'nothing was changed', problems);
    this.message = problems.map(formatProblem).join('\n');
    this.problems = problems;
  }
}

function formatProblem({ origin, path, message, line, column }: ResourceProblem): string {
  const document = origin.document === 0 ? '' : `, document ${origin.document}`;
  const place = `${origin.file}${line === undefined ? document : `:${line}:${column}`}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}
