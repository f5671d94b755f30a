import { GLOBAL } from '../../accounts/namespace-id.ts';
import { ancestors } from '../../accounts/namespace-tree.ts';
import { ofKind, type Resource, type ResourceKind, type StoredResource } from '../../manifests/resource.ts';
import { type Grants, sees } from '../../roles/grants.ts';
import type { Reader } from '../reader.ts';
import { namespaceOf } from '../resource-kinds.ts';
import { collectResources } from '../select-resources.ts';
import type { Removal } from './proposed-change.ts';

export interface NamedResource {
  readonly kind: ResourceKind;
  readonly id: string;
}

/** Tells whether a resource is among those that are named; with none named, each is. */
export function namesOf(
  named: readonly NamedResource[] | undefined,
): (kind: ResourceKind, id: string) => boolean {
  if (named === undefined) return () => true;
  const names = new Set(named.map(({ kind, id }) => `${kind} ${id}`));
  return (kind, id) => names.has(`${kind} ${id}`);
}

/**
 * What `apply --prune` takes away: what the store holds and the files don't, as far as they are about it.
 *
 * - A `Namespace` document stands for its namespace whole: all that is in it and below it, namespaces below too.
 * - A namespace that other resources merely name is covered itself, not what is below it, and is never pruned.
 * - Directory users and groups go only where the document of `global` is in the files. `global` itself never goes.
 *
 * @param only what may go of it; undefined for all
 */
export async function findPrunable(
  resources: readonly Resource[],
  reader: Reader,
  grants: Grants,
  only?: readonly NamedResource[],
): Promise<Removal[]> {
  const kept = new Set(resources.map(nameOf));
  const mayGo = namesOf(only);

  const stored = await collectResources(reader, { sees: (namespace) => sees(grants, namespace) });
  const covers = await coverage(resources, reader);
  const files = [...new Set(resources.map(({ origin }) => origin.file))].join(', ');
  const origin = { file: files, document: 0 };
  return stored
    .filter(
      (resource) => !kept.has(nameOf(resource)) && covers(resource) && mayGo(resource.kind, resource.spec.id),
    )
    .map(({ kind, spec }) => ({ kind, spec, origin }));
}

async function coverage(
  resources: readonly Resource[],
  reader: Reader,
): Promise<(resource: StoredResource) => boolean> {
  const whole = new Set<string>(ofKind('Namespace', resources).map(({ spec }) => spec.id));
  const named = new Set<string>(
    resources.flatMap(({ spec }) => ('namespace' in spec ? [spec.namespace] : [])),
  );
  const tree = await reader.tree();
  const isInWhole = (namespace: string): boolean => {
    const node = tree.nodes.get(namespace);
    if (!node) return whole.has(GLOBAL);
    for (const { id } of ancestors(node)) if (whole.has(id)) return true;
    return false;
  };
  return (resource) => {
    const { kind, spec } = resource;
    if (kind === 'Namespace' && spec.id === GLOBAL) return false;
    return isInWhole(namespaceOf(resource)) || ('namespace' in spec && named.has(spec.namespace));
  };
}

function nameOf({ kind, spec }: StoredResource): string {
  return `${kind} ${spec.id}`;
}
