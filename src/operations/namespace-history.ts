import { GLOBAL } from '../accounts/namespace-id.ts';
import type { NamespaceTree } from '../accounts/namespace-tree.ts';

/**
 * Whether what happened to a namespace of that id at a revision happened to the namespace that has the id now: an id may
 * have been another's before.
 * @param revision undefined if it was not recorded
 */
export function isOwnHistory(tree: NamespaceTree, id: string, revision: number | undefined): boolean {
  if (id === GLOBAL) return true;
  const node = tree.nodes.get(id);
  return node !== undefined && revision !== undefined && revision >= (node.namespace.created_revision ?? 0);
}
