import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { Namespace, NamespaceSpec } from '../accounts/namespace-schema.ts';
import { isWithin } from '../accounts/namespace-tree.ts';
import type { ServiceAccount, ServiceAccountSpec } from '../accounts/service-account-schema.ts';
import type { ResourceKind, StoredResource } from '../manifests/resource.ts';
import { suggestName } from '../text/suggest-name.ts';
import type { Reader } from './reader.ts';

/** What is asked for: everything but what these leave out. */
export interface Selection {
  /** One kind. */
  readonly kind?: ResourceKind | undefined;
  /** This namespace and those below it. Directory users and groups belong to `global`. */
  readonly namespace?: NamespaceId | undefined;
  /** Whether the caller may see what is in a namespace. Default: everything. */
  readonly sees?: (namespace: string) => boolean;
}

/** There is no such resource; the message names one that may have been meant. */
export class UnknownResource extends Error {
  override readonly name = 'UnknownResource';
  constructor(kind: string, id: string, known: Iterable<string>) {
    super(`there is no ${kind} ${JSON.stringify(id)}${suggestName(id, known)}`);
  }
}

/**
 * Reads resources as `apply` takes them, in an order in which each comes after what it needs: namespaces from the root down,
 * groups, users, policies, routes, service accounts, role bindings; of one kind by id. No credentials, no times, nothing secret.
 * Rejects with `UnknownResource`.
 */
export async function* selectResources(
  reader: Reader,
  { kind, namespace, sees = () => true }: Selection = {},
): AsyncGenerator<StoredResource, void> {
  const namespaces = await reader.namespaces();
  const tree = await reader.tree();
  const top = tree.nodes.get(namespace ?? GLOBAL);
  if (!top) throw new UnknownResource('namespace', namespace ?? GLOBAL, tree.nodes.keys());
  // Of everything, what belongs to a namespace that got lost is a part too.
  const covers = (id: string): boolean => {
    if (!sees(id)) return false;
    if (top.id === GLOBAL) return true;
    const node = tree.nodes.get(id);
    return node !== undefined && isWithin(node, top);
  };

  const wants = (one: ResourceKind) => kind === undefined || kind === one;
  if (wants('Namespace')) {
    const depthOf = ({ id }: Namespace) => tree.nodes.get(id)?.depth ?? Number.POSITIVE_INFINITY;
    const ordered = namespaces
      .filter(({ id }) => covers(id))
      .sort((a, b) => Math.sign(depthOf(a) - depthOf(b)) || 0);
    for (const namespace of ordered) yield { kind: 'Namespace', spec: namespaceSpec(namespace) };
  }
  const directory = top.id === GLOBAL && sees(GLOBAL);
  if (wants('DirectoryGroup') && directory)
    for await (const spec of reader.all('directory_group')) yield { kind: 'DirectoryGroup', spec };
  if (wants('DirectoryUser') && directory)
    for await (const spec of reader.all('directory_user')) yield { kind: 'DirectoryUser', spec };
  if (wants('Policy'))
    for await (const spec of reader.within('policy', covers)) yield { kind: 'Policy', spec };
  if (wants('Route')) for await (const spec of reader.within('route', covers)) yield { kind: 'Route', spec };
  if (wants('ServiceAccount'))
    for await (const account of reader.within('service_account', covers))
      yield { kind: 'ServiceAccount', spec: accountSpec(account) };
  if (wants('RoleBinding'))
    for await (const spec of reader.within('role_binding', covers)) yield { kind: 'RoleBinding', spec };
}

/** The same, all at once. */
export async function exportResources(reader: Reader, selection: Selection = {}): Promise<StoredResource[]> {
  const found: StoredResource[] = [];
  for await (const resource of selectResources(reader, selection)) found.push(resource);
  return found;
}

/** The part of an account that an operator writes. */
export function accountSpec({
  created_at: _made,
  created_by: _maker,
  credentials: _credentials,
  ...spec
}: ServiceAccount): ServiceAccountSpec {
  return spec;
}

/** The part of a namespace that an operator writes. */
export function namespaceSpec({ created_revision: _revision, ...spec }: Namespace): NamespaceSpec {
  return spec;
}

/** One resource, or undefined. */
export async function findResource(
  reader: Reader,
  kind: ResourceKind,
  id: string,
): Promise<StoredResource | undefined> {
  switch (kind) {
    case 'Namespace': {
      const namespace = await reader.find('namespace', id);
      return as(kind, namespace && namespaceSpec(namespace));
    }
    case 'DirectoryGroup':
      return as(kind, await reader.find('directory_group', id));
    case 'DirectoryUser':
      return as(kind, await reader.find('directory_user', id));
    case 'Policy':
      return as(kind, await reader.find('policy', id));
    case 'Route':
      return as(kind, await reader.find('route', id));
    case 'ServiceAccount': {
      const account = await reader.find('service_account', id);
      return as(kind, account && accountSpec(account));
    }
    case 'RoleBinding':
      return as(kind, await reader.find('role_binding', id));
    default:
      return kind satisfies never;
  }
}

function as<K, S>(kind: K, spec: S | undefined): { kind: K; spec: S } | undefined {
  return spec && { kind, spec };
}
