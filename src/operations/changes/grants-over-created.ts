import { GLOBAL } from '../../accounts/namespace-id.ts';
import { ALL_GRANTS, type Grants } from '../../roles/grants.ts';

interface CreatedNamespace {
  readonly id: string;
  readonly parent?: string | undefined;
}

/**
 * The author's grants, and in each namespace that the same commit makes the role that they hold, before it, at the nearest
 * ancestor that exists. What exists keeps the role that it has: so that the commit can't raise it by moving anything.
 * @param created those without a record before the commit, and no others
 */
export function grantsOverCreated(grants: Grants, created: Iterable<CreatedNamespace>): Grants {
  if (grants === ALL_GRANTS) return grants;
  const parents = new Map<string, string | undefined>();
  // The root is there, with or without a record.
  for (const { id, parent } of created) if (id !== GLOBAL) parents.set(id, parent);
  if (parents.size === 0) return grants;
  return {
    highest: grants.highest,
    reservedNames: grants.reservedNames,
    roleAt(namespace) {
      let ancestor: string | undefined = namespace;
      // As many steps as there are of them: more would go round in a circle.
      for (let steps = 0; ancestor !== undefined && steps <= parents.size; steps++) {
        if (!parents.has(ancestor)) return grants.roleAt(ancestor);
        ancestor = parents.get(ancestor);
      }
      return undefined;
    },
  };
}
