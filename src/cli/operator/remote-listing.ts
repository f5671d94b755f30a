import type { z } from 'zod';
import type { NamespaceId } from '../../accounts/namespace-id.ts';
import type { Namespace } from '../../accounts/namespace-schema.ts';
import { ServiceAccountSpec } from '../../accounts/service-account-schema.ts';
import type { AdminClient } from '../../client/admin-client.ts';
import { RemoteError } from '../../client/remote-error.ts';
import { OPERATIONS } from '../../contract/contract.ts';
import { RESOURCE_KINDS } from '../../contract/resource-kinds.ts';
import type { AccountView } from '../../contract/service-accounts.ts';
import type { ResourceKind, StoredResource } from '../../manifests/resource.ts';
import { UnknownResource } from '../../operations/export-resources.ts';
import { collect, eachOf } from './collect-pages.ts';
import type { AccountState, FoundResource, ShownCredential } from './operator.ts';
import { PAGE } from './remote-accounts.ts';

type AccountAnswer = z.output<typeof AccountView> & {
  readonly credentials?: readonly ShownCredential[] | undefined;
};

/** One resource, or undefined. */
export async function findRemote(
  client: AdminClient,
  kind: ResourceKind,
  id: string,
  withState: boolean,
): Promise<FoundResource | undefined> {
  // An id that no resource may have, and no path.
  if (id === '' || id.length > 256) return undefined;
  try {
    if (kind === 'ServiceAccount') {
      const operation = OPERATIONS.serviceAccounts.get;
      if (!operation.params.safeParse({ id }).success) return undefined;
      return describeAccount(await client.call(operation, { params: { id } }), withState);
    }
    const spec = await client.call(OPERATIONS[RESOURCE_KINDS[kind].collection].get, { params: { id } });
    return { resource: { kind, spec } as StoredResource, state: undefined };
  } catch (error) {
    if (error instanceof RemoteError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Those of one kind, in the order of `exportResources`. Rejects with `UnknownResource` for a namespace that is none. */
export async function listRemote(
  client: AdminClient,
  kind: ResourceKind,
  namespace: NamespaceId | undefined,
  withState: boolean,
): Promise<FoundResource[]> {
  try {
    if (kind === 'ServiceAccount') {
      const credentials = withState ? 'true' : 'false';
      const all = eachOf((cursor) =>
        client.call(OPERATIONS.serviceAccounts.list, {
          query: { limit: PAGE, cursor, namespace, credentials },
        }),
      );
      return (await collect(all)).map((account) => describeAccount(account, withState));
    }
    const specs = await collect(
      eachOf((cursor) =>
        client.call(OPERATIONS[RESOURCE_KINDS[kind].collection].list, {
          query: { limit: PAGE, cursor, namespace },
        }),
      ),
    );
    const found = specs.map((spec) => ({ resource: { kind, spec } as StoredResource, state: undefined }));
    return kind === 'Namespace' ? rootFirst(found) : found;
  } catch (error) {
    if (namespace !== undefined && error instanceof RemoteError && error.code === 'not-found')
      throw await unknownNamespace(client, namespace);
    throw error;
  }
}

/** With a name that may have been meant. */
async function unknownNamespace(client: AdminClient, namespace: NamespaceId): Promise<UnknownResource> {
  const known = await listRemote(client, 'Namespace', undefined, false);
  return new UnknownResource(
    'namespace',
    namespace,
    known.map(({ resource }) => resource.spec.id),
  );
}

function describeAccount(account: AccountAnswer, withState: boolean): FoundResource {
  const { id, namespace, user_id, impersonate, description, expires_at, disabled, pomerium } = account;
  const spec = ServiceAccountSpec.parse({
    id,
    namespace,
    ...(impersonate ? { impersonate: user_id } : { user_id }),
    description,
    ...(expires_at !== null && { expires_at }),
    disabled,
    pomerium,
  });
  const { status, created_at, last_used_at, credentials = [] } = account;
  const state: AccountState | undefined = withState
    ? { status, created_at, last_used_at, credentials }
    : undefined;
  return { resource: { kind: 'ServiceAccount', spec }, state };
}

/** Each after the one that it is below; otherwise as they come, in the order of ids. */
function rootFirst(found: readonly FoundResource[]): FoundResource[] {
  const specs = new Map<string, Namespace>();
  for (const { resource } of found)
    if (resource.kind === 'Namespace') specs.set(resource.spec.id, resource.spec);
  const depthOf = (id: string): number => {
    let depth = 0;
    for (let at = specs.get(id)?.parent; at !== undefined && depth <= specs.size; depth++)
      at = specs.get(at)?.parent;
    return depth;
  };
  const depths = new Map([...specs.keys()].map((id) => [id, depthOf(id)]));
  const depth = ({ resource }: FoundResource) => depths.get(resource.spec.id) ?? 0;
  return [...found].sort((a, b) => depth(a) - depth(b));
}
