import type { z } from 'zod';
import type { Answer, CallInput, Client } from '../client/client.ts';
import { OPERATIONS, type Operations } from '../contract/contract.ts';
import type { Operation } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { DirectoryEntry } from '../manifests/directory-entry.ts';
import {
  type Resource,
  ResourceError,
  type ResourceOrigin,
  type ResourceProblem,
} from '../manifests/resource.ts';
import { resourceDocument } from '../manifests/resource-text.ts';
import type { Removal } from '../operations/changes/proposed-change.ts';
import type { Progress } from './progress.ts';
import { dryRunQuery } from './with-client.ts';

export type Changes = Answer<Operations['resources']['apply']>;
export type Change = Changes['changes'][number];

/** A resource by its name. */
export type Named = Pick<Change, 'kind' | 'id'>;

/** Makes a change, or works out what it would do. */
export type RequestChange = (client: Client, how: ChangeHow) => Promise<Changes>;

export interface ChangeHow {
  /** Write nothing. */
  readonly dryRun: boolean;
  readonly progress: Progress;
  /** The only resources that pruning may delete; undefined: no limit. */
  readonly pruneOnly?: readonly Named[];
}

export function requestApply(
  resources: readonly Resource[],
  { prune, revokeOthers }: { readonly prune: boolean; readonly revokeOthers: boolean },
): RequestChange {
  return (client, how) =>
    change(client, OPERATIONS.resources.apply, how, resources, {
      query: {
        ...dryRunQuery(how.dryRun),
        prune: prune ? 'true' : 'false',
        // An older server does not know it.
        ...(revokeOthers && { revoke_others: 'true' as const }),
      },
      body: { resources: resources.map(resourceDocument), ...pruneOnly(how) },
    });
}

export function requestDelete(removals: readonly Removal[]): RequestChange {
  return (client, how) =>
    change(client, OPERATIONS.resources.remove, how, removals, {
      query: dryRunQuery(how.dryRun),
      body: { resources: removals.map(({ kind, spec: { id } }) => ({ kind, id })) },
    });
}

export function requestImport(entries: readonly DirectoryEntry[], prune: boolean): RequestChange {
  const subjects = entries.map(({ kind, id, origin }) => ({ kind, spec: { id }, origin }));
  return (client, how) =>
    change(client, OPERATIONS.resources.importDirectory, how, subjects, {
      query: { ...dryRunQuery(how.dryRun), prune: prune ? 'true' : 'false' },
      body: {
        entries: entries.map(({ kind, id, fields, claims }) => ({
          kind,
          id,
          fields: fields as Record<string, z.core.util.JSONType>,
          ...(claims && { claims: lists(claims) }),
        })),
        ...pruneOnly(how),
      },
    });
}

/** @param subjects the changed resources, with their places for error messages */
async function change<O extends Operation & { readonly response: z.ZodType<Changes> }>(
  client: Client,
  operation: O,
  { dryRun, progress }: ChangeHow,
  subjects: readonly Removal[],
  input: CallInput<O>,
): Promise<Changes> {
  // A server cannot cancel a request that it has begun.
  if (client.server !== undefined && !dryRun) await progress.report('write', 0, subjects.length);
  try {
    return await client.call(operation, input, { report: progress.report });
  } catch (error) {
    const files = [...new Set(subjects.map(({ origin }) => origin.file))].join(', ');
    throw placeIssues(error, subjects, { file: files, document: 0 });
  }
}

function pruneOnly({ pruneOnly }: ChangeHow) {
  return pruneOnly && { prune_only: pruneOnly.map(({ kind, id }) => ({ kind, id })) };
}

function lists<T>(claims: Readonly<Record<string, readonly T[]>>): Record<string, T[]> {
  return Object.fromEntries(Object.entries(claims).map(([name, values]) => [name, [...values]]));
}

/**
 * Adds the places in files to the issues of a refusal.
 * @param otherwise the place of an issue that matches no subject
 */
function placeIssues(error: unknown, subjects: readonly Removal[], otherwise: ResourceOrigin): unknown {
  if (!(error instanceof OperationError) || error.issues.length === 0) return error;
  const origins = new Map(subjects.map(({ kind, spec, origin }) => [`${kind} ${spec.id}`, origin]));
  return new ResourceError(
    error.issues.map(
      ({ path, message }): ResourceProblem => ({
        origin: originOf(path, origins) ?? otherwise,
        path,
        message,
      }),
    ),
  );
}

/** A path begins with the resource, as `Route checkout: hosts`; ids may hold what looks like its end. */
function originOf(path: string, origins: ReadonlyMap<string, ResourceOrigin>): ResourceOrigin | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf(': ', end - 1)) {
    const origin = origins.get(path.slice(0, end));
    if (origin) return origin;
  }
  return undefined;
}
