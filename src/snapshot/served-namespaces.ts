import { GLOBAL } from '../accounts/namespace-id.ts';
import { isWithin, type NamespaceNode, type NamespaceTree } from '../accounts/namespace-tree.ts';
import { strandedHosts } from '../routes/stranded-hosts.ts';
import type { StoredRecord } from '../store/record.ts';

/**
 * The namespaces that requests to this sidecar may belong to: those of `serve.namespaces`, and all above and below them.
 * Host ownership still comes from the whole tree, so that these namespaces do not get hosts of others.
 */
export function servedTree(tree: NamespaceTree, ids: readonly string[] | undefined): NamespaceTree {
  if (ids === undefined) return tree;
  const named = ids.flatMap((id) => tree.nodes.get(id) ?? []);
  const isServed = (node: NamespaceNode) =>
    node.id === GLOBAL || named.some((each) => isWithin(node, each) || isWithin(each, node));
  return {
    nodes: new Map([...tree.nodes].filter(([, node]) => isServed(node))),
    root: tree.root,
    hostOwnerOf: tree.hostOwnerOf,
    fault: tree.fault,
  };
}

/** The namespace of a record, read without parsing the rest. */
export function namespaceOf({ value }: StoredRecord): string | undefined {
  return typeof value === 'object' &&
    value !== null &&
    'namespace' in value &&
    typeof value.namespace === 'string'
    ? value.namespace
    : undefined;
}

/**
 * Whether a route of a namespace that is not served here may name a host of a served one. Such a route is kept, so that
 * no other route matches in its place.
 */
export function reservesServedHosts(
  { value }: StoredRecord,
  node: NamespaceNode,
  served: NamespaceTree,
): boolean {
  if (!node.hostOwner || served.nodes.has(node.hostOwner.id)) return true;
  const hosts = typeof value === 'object' && value !== null && 'hosts' in value ? value.hosts : undefined;
  if (!Array.isArray(hosts)) return false;
  const named = hosts.filter((host) => typeof host === 'string');
  return strandedHosts({ hosts: named }, node, served).length > 0;
}
