import type { Namespace } from '../accounts/namespace.ts';
import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import { buildNamespaceTree, isWithin } from '../accounts/namespace-tree.ts';
import type { ServiceAccount, ServiceAccountSpec } from '../accounts/service-account.ts';
import type { RecordOf } from '../store/record.ts';
import { RECORD_KIND_OF, type ResourceKind } from './resource.ts';
import type { KindAndSpec } from './resource-text.ts';
import type { Reader } from './transact.ts';

/** What is asked for: everything but what these leave out. */
export interface Selection {
  /** One kind. */
  readonly kind?: ResourceKind | undefined;
  /** This namespace and those below it. Directory users and groups belong to `global`. */
  readonly namespace?: NamespaceId | undefined;
}

/** There is no such namespace to export. */
export class UnknownNamespace extends Error {
  override readonly name = 'UnknownNamespace';
  readonly known: readonly string[];
  constructor(id: string, known: readonly string[]) {
    super(`there is no namespace ${id}`);
    this.known = known;
  }
}

/**
 * Resources as `apply` takes them, in an order in which each comes after what it needs: namespaces from the root down,
 * groups, users, policies, routes, service accounts; of one kind by id. No credentials, no times, nothing secret.
 * Throws `UnknownNamespace`.
 */
export async function exportResources(
  reader: Reader,
  { kind, namespace }: Selection = {},
): Promise<KindAndSpec[]> {
  const namespaces = await collect(reader.all('namespace'));
  const { tree } = buildNamespaceTree(namespaces);
  const top = tree.nodes.get(namespace ?? GLOBAL);
  if (!top) throw new UnknownNamespace(namespace ?? GLOBAL, [...tree.nodes.keys()]);
  // Of everything, what belongs to a namespace that got lost is a part too.
  const covers = (id: string): boolean => {
    if (top.id === GLOBAL) return true;
    const node = tree.nodes.get(id);
    return node !== undefined && isWithin(node, top);
  };

  const found: KindAndSpec[] = [];
  const wants = (one: ResourceKind) => kind === undefined || kind === one;
  if (wants('Namespace')) {
    const depthOf = ({ id }: Namespace) => tree.nodes.get(id)?.depth ?? Number.POSITIVE_INFINITY;
    const ordered = namespaces
      .filter(({ id }) => covers(id))
      .sort((a, b) => Math.sign(depthOf(a) - depthOf(b)) || 0);
    found.push(...ordered.map((spec) => ({ kind: 'Namespace' as const, spec })));
  }
  for (const one of ['DirectoryGroup', 'DirectoryUser'] as const)
    if (wants(one) && top.id === GLOBAL)
      for await (const spec of reader.all(RECORD_KIND_OF[one])) found.push({ kind: one, spec });
  for (const one of ['Policy', 'Route'] as const)
    if (wants(one))
      for await (const spec of reader.all(RECORD_KIND_OF[one]))
        if (covers(spec.namespace)) found.push({ kind: one, spec });
  if (wants('ServiceAccount'))
    for await (const account of reader.all('service_account'))
      if (covers(account.namespace)) found.push({ kind: 'ServiceAccount', spec: accountSpec(account) });
  return found;
}

/** The part of an account that an operator writes. */
export function accountSpec({
  created_at: _made,
  credentials: _credentials,
  ...spec
}: ServiceAccount): ServiceAccountSpec {
  return spec;
}

/** One resource, or undefined. */
export async function findResource(
  reader: Reader,
  kind: ResourceKind,
  id: string,
): Promise<KindAndSpec | undefined> {
  if (kind === 'ServiceAccount') {
    const account = await reader.find('service_account', id);
    return account && { kind, spec: accountSpec(account) };
  }
  const spec: RecordOf<(typeof RECORD_KIND_OF)[typeof kind]> | undefined = await reader.find(
    RECORD_KIND_OF[kind],
    id,
  );
  return spec && { kind, spec };
}

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of all) list.push(one);
  return list;
}
