import { Namespace, type Namespace as NamespaceRecord } from '../../src/accounts/namespace-schema.ts';
import {
  buildNamespaceTree,
  type NamespaceNode,
  type NamespaceTree,
} from '../../src/accounts/namespace-tree.ts';

/** Namespaces as a test writes them: `id: [parent, hosts]`. */
export type Sketch = Readonly<Record<string, readonly [parent: string, hosts?: readonly string[]]>>;

export function namespacesOf(sketch: Sketch): NamespaceRecord[] {
  return Object.entries(sketch).map(([id, [parent, hosts]]) =>
    Namespace.parse({ id, parent, ...(hosts === undefined ? {} : { hosts }) }),
  );
}

/** The tree, which must be without problems. */
export function treeOf(sketch: Sketch): NamespaceTree {
  const { tree, problems } = buildNamespaceTree(namespacesOf(sketch));
  if (problems.length > 0) throw new Error(problems.map(({ id, problem }) => `${id}: ${problem}`).join('\n'));
  return tree;
}

export function nodeOf(tree: NamespaceTree, id: string): NamespaceNode {
  const node = tree.nodes.get(id);
  if (!node) throw new Error(`there is no namespace ${id}`);
  return node;
}
