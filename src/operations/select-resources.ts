import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { Namespace } from '../accounts/namespace-schema.ts';
import { isWithin } from '../accounts/namespace-tree.ts';
import { ResourceKind, type StoredResource } from '../manifests/resource.ts';
import type { Reader } from './reader.ts';
import { unknownResource } from './refusals.ts';
import { resourceOf } from './resource-kinds.ts';

/** What is asked for: everything but what these leave out. */
export interface Selection {
  readonly kind?: ResourceKind | undefined;
  /** This namespace and those below it. Directory users and groups belong to `global`. */
  readonly namespace?: NamespaceId | undefined;
  /** Whether the caller may see what is in a namespace. Default: everything. */
  readonly sees?: (namespace: string) => boolean;
}

/**
 * Reads resources as `apply` takes them, in an order in which each comes after what it needs: namespaces from the root down,
 * groups, users, policies, routes, service accounts, role bindings; of one kind by id. No credentials, no times, nothing secret.
 * Rejects with `OperationError`.
 */
export async function* selectResources(
  reader: Reader,
  { kind, namespace, sees = () => true }: Selection = {},
): AsyncGenerator<StoredResource, void> {
  const namespaces = await reader.namespaces();
  const tree = await reader.tree();
  const top = tree.nodes.get(namespace ?? GLOBAL);
  if (!top) throw unknownResource('namespace', namespace ?? GLOBAL, tree.nodes.keys());
  // Of everything, what belongs to a namespace that got lost is a part too.
  const covers = (id: string): boolean => {
    if (!sees(id)) return false;
    if (top.id === GLOBAL) return true;
    const node = tree.nodes.get(id);
    return node !== undefined && isWithin(node, top);
  };

  for (const one of ResourceKind.options)
    if (one === 'Namespace' && (kind ?? one) === one) {
      const depthOf = ({ id }: Namespace) => tree.nodes.get(id)?.depth ?? Number.POSITIVE_INFINITY;
      const ordered = namespaces
        .filter(({ id }) => covers(id))
        .sort((a, b) => Math.sign(depthOf(a) - depthOf(b)) || 0);
      for (const namespace of ordered) yield resourceOf('Namespace', namespace);
    } else if ((kind ?? one) === one) yield* reader.resourcesWithin(one, covers);
}

export async function collectResources(reader: Reader, selection: Selection = {}): Promise<StoredResource[]> {
  const found: StoredResource[] = [];
  for await (const resource of selectResources(reader, selection)) found.push(resource);
  return found;
}
