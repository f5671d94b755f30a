import { z } from 'zod';
import { DirectoryGroup, DirectoryUser } from '../accounts/directory-schema.ts';
import { NamespaceSpec } from '../accounts/namespace-schema.ts';
import { ServiceAccountSpec } from '../accounts/service-account-schema.ts';
import { OperationError } from '../contract/operation-error.ts';
import { Policy } from '../policy/policy-schema.ts';
import { RoleBinding } from '../roles/role-binding-schema.ts';
import { Route } from '../routes/route-schema.ts';
import { RouteSpec } from '../routes/route-spec.ts';

export const API_VERSION = 'sallyport/v1alpha1';

/** The kinds that `apply` takes, in the order in which one may need the other. */
export const RESOURCE_SCHEMAS = {
  Namespace: NamespaceSpec,
  DirectoryGroup,
  DirectoryUser,
  Policy,
  Route,
  ServiceAccount: ServiceAccountSpec,
  RoleBinding,
} as const;

/** What of a kind may be written: a stored one may be more than that, since an older version let it in. */
export const WRITTEN_SCHEMAS = { ...RESOURCE_SCHEMAS, Route: RouteSpec } as const;

export type ResourceKind = keyof typeof RESOURCE_SCHEMAS;
export const ResourceKind = z.enum(Object.keys(RESOURCE_SCHEMAS) as [ResourceKind, ...ResourceKind[]]);
export type SpecOf<K extends ResourceKind> = z.output<(typeof RESOURCE_SCHEMAS)[K]>;

/** The store's name for what a resource of each kind is kept as. */
export const RECORD_KIND_OF = {
  Namespace: 'namespace',
  DirectoryGroup: 'directory_group',
  DirectoryUser: 'directory_user',
  Policy: 'policy',
  Route: 'route',
  ServiceAccount: 'service_account',
  RoleBinding: 'role_binding',
} as const;

/** Where a resource was written, so that a mistake in it can be found. */
export interface ResourceOrigin {
  /** A file's path, or `-` for standard input. */
  readonly file: string;
  /** Counts the documents of the file from 1; 0 where none of them is meant. */
  readonly document: number;
}

/** Of resources that come in a request: an edge that read them from files places them by name. */
export const REQUEST: ResourceOrigin = { file: 'request', document: 0 };

export type Resource = {
  [K in ResourceKind]: { readonly kind: K; readonly spec: SpecOf<K>; readonly origin: ResourceOrigin };
}[ResourceKind];

/** A resource as the store has it. */
export type StoredResource = {
  [K in ResourceKind]: { readonly kind: K; readonly spec: SpecOf<K> };
}[ResourceKind];

/** A mistake in a resource: where, and what was expected. */
export interface ResourceProblem {
  readonly origin: ResourceOrigin;
  /** `Route checkout: hosts[0]`; the part that could be told. */
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
