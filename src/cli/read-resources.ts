import type { NamespaceId } from '../accounts/namespace-id.ts';
import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Namespace } from '../accounts/namespace-schema.ts';
import { ServiceAccountSpec } from '../accounts/service-account-schema.ts';
import type { Answer, Client } from '../client/client.ts';
import { collect, eachOf } from '../client/collect-pages.ts';
import { TransportError } from '../client/connection-error.ts';
import { OPERATIONS, type Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { RESOURCE_KINDS } from '../contract/resource-kinds.ts';
import type { ResourceKind, StoredResource } from '../manifests/resource.ts';
import type { ResourceDocument } from '../manifests/resource-text.ts';
import { unknownResource } from '../operations/refusals.ts';

/** As many as a page may have. */
export const PAGE = 500;

export type ListedAccount = Answer<Operations['serviceAccounts']['list']>['items'][number];

/** What of an account is not written into a file. */
export type AccountState = Pick<ListedAccount, 'status' | 'created_at' | 'last_used_at' | 'credentials'>;

export interface FoundResource {
  readonly resource: StoredResource;
  /** Of a service account. */
  readonly state: AccountState | undefined;
}

/** One resource, or undefined. */
export async function findResource(
  client: Client,
  kind: ResourceKind,
  id: string,
): Promise<FoundResource | undefined> {
  // No resource has such an id, and no path.
  if (id === '' || id.length > 256) return undefined;
  try {
    if (kind === 'ServiceAccount') {
      const operation = OPERATIONS.serviceAccounts.get;
      const params = operation.params.safeParse({ id });
      return params.success ? foundAccount(await client.call(operation, { params: { id } })) : undefined;
    }
    const spec = await client.call(OPERATIONS[RESOURCE_KINDS[kind].collection].get, { params: { id } });
    return { resource: { kind, spec } as StoredResource, state: undefined };
  } catch (error) {
    if (error instanceof OperationError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Those of one kind by id, namespaces from the root down. Rejects with `OperationError` for a namespace that is absent. */
export async function listResources(
  client: Client,
  kind: ResourceKind,
  namespace: NamespaceId | undefined,
): Promise<FoundResource[]> {
  return inNamespace(client, namespace, async () => {
    if (kind === 'ServiceAccount') {
      const query = { limit: PAGE, namespace, credentials: 'true' } as const;
      const all = eachOf((cursor) =>
        client.call(OPERATIONS.serviceAccounts.list, { query: { ...query, cursor } }),
      );
      return (await collect(all)).map(foundAccount);
    }
    const all = eachOf((cursor) =>
      client.call(OPERATIONS[RESOURCE_KINDS[kind].collection].list, {
        query: { limit: PAGE, cursor, namespace },
      }),
    );
    const found = (await collect(all)).map((spec) => ({
      resource: { kind, spec } as StoredResource,
      state: undefined,
    }));
    return kind === 'Namespace' ? rootFirst(found) : found;
  });
}

/** Runs a read of one namespace; if that is absent, the error names one that may have been meant. */
export async function inNamespace<T>(
  client: Client,
  namespace: NamespaceId | undefined,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (namespace !== undefined && error instanceof OperationError && error.code === 'not-found')
      throw await unknownNamespace(client, namespace);
    throw error;
  }
}

/** Rejects with `OperationError`, which says what may have been meant. */
export async function requireNamespace(client: Client, namespace: string): Promise<void> {
  if (namespace === GLOBAL || (await findResource(client, 'Namespace', namespace))) return;
  throw await unknownNamespace(client, namespace);
}

async function unknownNamespace(client: Client, namespace: string): Promise<OperationError> {
  return unknownResource('namespace', namespace, [GLOBAL, ...(await idsOf(client, 'Namespace'))]);
}

export async function idsOf(client: Client, kind: ResourceKind): Promise<string[]> {
  return (await listResources(client, kind, undefined)).map(({ resource }) => resource.spec.id);
}

/** One resource; if it is absent, the error names one that may have been meant. */
export async function requireResource(
  client: Client,
  kind: ResourceKind,
  id: string,
): Promise<FoundResource> {
  const found = await findResource(client, kind, id);
  if (found) return found;
  throw unknownResource(kind, id, await idsOf(client, kind));
}

/** The part of an account that an operator writes. */
export function accountSpecOf(
  account: ListedAccount & Readonly<Record<keyof ServiceAccountSpec, unknown>>,
): ServiceAccountSpec {
  const { impersonate, user_id } = account;
  const shown: Readonly<Record<string, unknown>> = {
    ...account,
    user_id: impersonate ? null : user_id,
    impersonate: impersonate ? user_id : null,
  };
  return ServiceAccountSpec.parse(
    Object.fromEntries(
      Object.keys(ServiceAccountSpec.shape).flatMap((field) =>
        (shown[field] ?? null) === null ? [] : [[field, shown[field]]],
      ),
    ),
  );
}

function foundAccount(account: ListedAccount): FoundResource {
  const { status, created_at, last_used_at, credentials } = account;
  return {
    resource: { kind: 'ServiceAccount', spec: accountSpecOf(account) },
    state: { status, created_at, last_used_at, credentials },
  };
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

/** A resource from what `apply` takes. Throws `TransportError` for one that this version does not know. */
export function readDocument({
  kind,
  apiVersion: _version,
  ...fields
}: { readonly kind: ResourceKind } & Partial<ResourceDocument>): StoredResource {
  const spec = RESOURCE_KINDS[kind].schema.safeParse(fields);
  if (spec.success) return { kind, spec: spec.data } as StoredResource;
  throw new TransportError(
    'unexpected-response',
    `the server sends a ${kind} that this version does not know: are both of the same version?`,
  );
}
