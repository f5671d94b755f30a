import { GLOBAL } from '../accounts/namespace-id.ts';
import { isWithin, type NamespaceNode, type NamespaceTree } from '../accounts/namespace-tree.ts';
import { strandedHosts } from '../routes/stranded-hosts.ts';
import type { StoredRecord } from '../store/record.ts';

/**
 * The namespaces that requests to this sidecar may belong to: those of `serve.namespaces`, with all above and below them.
 * Who holds which host is still told by the whole tree, or hosts of the others would be handed to these.
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

/** The namespace that a record says it is of, where it can be told without parsing the rest. */
export function namespaceOf({ value }: StoredRecord): string | undefined {
  return typeof value === 'object' &&
    value !== null &&
    'namespace' in value &&
    typeof value.namespace === 'string'
    ? value.namespace
    : undefined;
}

/**
 * Whether a route of a namespace that is not served here may be for a host of one that is: it is kept, so that nothing
 * else answers in its place.
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
