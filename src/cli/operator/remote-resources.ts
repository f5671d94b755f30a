import type { z } from 'zod';
import type { AdminClient } from '../../client/admin-client.ts';
import { RemoteError } from '../../client/remote-error.ts';
import { OPERATIONS } from '../../contract/contract.ts';
import { RESOURCE_KINDS } from '../../contract/resource-kinds.ts';
import type { ResourceKind, ResourceOrigin, StoredResource } from '../../manifests/resource.ts';
import { type ResourceDocument, resourceDocument } from '../../manifests/resource-text.ts';
import type { DetailedChange } from '../../operations/changes/plan-changes.ts';
import type { Removal } from '../../operations/changes/proposed-change.ts';
import { UnknownResource } from '../../operations/export-resources.ts';
import type { ChangeHow, Changes, ResourceOperator } from './operator.ts';
import { placeMistakes } from './place-mistakes.ts';
import { findRemote, listRemote } from './remote-listing.ts';

const { resources: operations } = OPERATIONS;
type Answer = z.output<typeof operations.apply.response>;
type AnsweredChange = Answer['changes'][number];

/** Resources that an admin API keeps. */
export function remoteResources(client: AdminClient): ResourceOperator {
  /** Whose places are told where the server finds a mistake. */
  const change = async (
    { dryRun, progress }: ChangeHow,
    subjects: readonly Removal[],
    origin: ResourceOrigin,
    ask: () => Promise<Answer>,
  ): Promise<Changes> => {
    if (!dryRun) progress.writing(subjects.length);
    try {
      const { revision, changes, revoked = [] } = await ask();
      return { revision, changes: changes.map(readChange), revoked };
    } catch (error) {
      throw placeMistakes(error, subjects, origin);
    }
  };
  const remove = (removals: readonly Removal[], how: ChangeHow) =>
    change(how, removals, originOf(removals), () =>
      client.call(operations.remove, {
        query: flags(how),
        body: { resources: removals.map(({ kind, spec: { id } }) => ({ kind, id })) },
      }),
    );
  return {
    findResource: (kind, id, withState) => findRemote(client, kind, id, withState),
    listResources: (kind, namespace, withState) => listRemote(client, kind, namespace, withState),

    async exportResources(namespace) {
      const { resources } = await client
        .call(operations.export, { query: { namespace } })
        .catch(async (error: unknown) => {
          // Says which one may have been meant.
          if (namespace !== undefined && error instanceof RemoteError && error.code === 'not-found')
            await listRemote(client, 'Namespace', namespace, false);
          throw error;
        });
      return resources.map(readDocument);
    },

    apply: (resources, prune, how) =>
      change(how, resources, originOf(resources), () =>
        client.call(operations.apply, {
          query: {
            ...flags(how),
            prune: prune ? 'true' : 'false',
            // An older server does not know it.
            ...(how.revokeOthers && { revoke_others: 'true' as const }),
          },
          body: { resources: resources.map(resourceDocument), ...pruneOnly(how) },
        }),
      ),

    async deleteResource(kind, id, how) {
      if (!(await findRemote(client, kind, id, false))) {
        const known = await listRemote(client, kind, undefined, false);
        throw new UnknownResource(
          kind,
          id,
          known.map(({ resource }) => resource.spec.id),
        );
      }
      return remove([{ kind, spec: { id }, origin: { file: 'delete', document: 0 } }], how);
    },

    deleteResources: remove,

    importDirectory: ({ file, entries, prune }, how) => {
      const subjects = entries.map(({ kind, id, origin }) => ({ kind, spec: { id }, origin }));
      return change(how, subjects, { file, document: 0 }, () =>
        client.call(operations.importDirectory, {
          query: { ...flags(how), prune: prune ? 'true' : 'false' },
          body: {
            entries: entries.map(({ kind, id, fields, claims }) => ({
              kind,
              id,
              fields: fields as Record<string, z.core.util.JSONType>,
              ...(claims && { claims: lists(claims) }),
            })),
            ...pruneOnly(how),
          },
        }),
      );
    },
  };
}

function flags({ dryRun }: ChangeHow): { readonly dry_run: 'true' | 'false' } {
  return { dry_run: dryRun ? 'true' : 'false' };
}

function pruneOnly({ pruneOnly }: ChangeHow) {
  return pruneOnly && { prune_only: pruneOnly.map(({ kind, id }) => ({ kind, id })) };
}

/** Of what is not in a file itself, such as what is pruned. */
function originOf(subjects: readonly Removal[]): ResourceOrigin {
  return { file: [...new Set(subjects.map(({ origin }) => origin.file))].join(', '), document: 0 };
}

function lists<T>(claims: Readonly<Record<string, readonly T[]>>): Record<string, T[]> {
  return Object.fromEntries(Object.entries(claims).map(([name, values]) => [name, [...values]]));
}

function readChange({ action, kind, id, before, after }: AnsweredChange): DetailedChange {
  const spec = (document: AnsweredChange['before']) => document && readDocument(document).spec;
  return { action, kind, id, before: spec(before), after: spec(after) };
}

/** A resource from what `apply` takes. Throws `RemoteError` where the server sends something else. */
function readDocument({
  kind,
  apiVersion: _version,
  ...fields
}: { readonly kind: ResourceKind } & Partial<ResourceDocument>): StoredResource {
  const spec = RESOURCE_KINDS[kind].schema.safeParse(fields);
  if (spec.success) return { kind, spec: spec.data } as StoredResource;
  throw new RemoteError(
    'nonsense',
    `the server sends a ${kind} that this version does not know: are both of the same version?`,
  );
}
