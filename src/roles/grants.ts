import type { NamePattern } from '../accounts/name-pattern.ts';
import type { NamespaceId } from '../accounts/namespace-id.ts';
import { isWithin, type NamespaceNode, type NamespaceTree } from '../accounts/namespace-tree.ts';
import type { RoleBinding } from './role-binding-schema.ts';
import { higherRole, includesRole, type Role } from './role-schema.ts';

/** What somebody may do, by the store of one moment. */
export interface Grants {
  /** Undefined if they have no role, which is the same as that there is no such namespace. */
  roleAt(namespace: string): Role | undefined;
  /** The most that they may do anywhere. */
  readonly highest: Role | undefined;
  /** User IDs that only an admin of `global` may give to an account. */
  readonly reservedNames: readonly NamePattern[];
}

/** Of whoever is on the machine with the store: nothing that a role says keeps them from it. */
export const ALL_GRANTS: Grants = { roleAt: () => 'admin', highest: 'admin', reservedNames: [] };

/** Whether somebody may know that the namespace exists. */
export function sees(grants: Grants, namespace: string): boolean {
  return grants.roleAt(namespace) !== undefined;
}

/** Whether somebody may do in a namespace what `needed` may. */
export function holds(grants: Grants, needed: Role, namespace: string): boolean {
  return includesRole(grants.roleAt(namespace), needed);
}

/**
 * The grants of a service account: what its bindings say, each in its namespace and those below, and nowhere outside the
 * account's own namespace.
 */
export function grantsOf(
  home: NamespaceId,
  bindings: readonly RoleBinding[],
  tree: NamespaceTree,
  reservedNames: readonly NamePattern[],
): Grants {
  const homeNode = tree.nodes.get(home);
  const held = bindings.flatMap(({ role, namespace }): Held[] => {
    const node = tree.nodes.get(namespace);
    const top = homeNode && node && narrower(homeNode, node);
    return top ? [{ role, top }] : [];
  });
  return {
    roleAt(namespace) {
      const node = tree.nodes.get(namespace);
      if (!node) return undefined;
      return highestOf(held.filter(({ top }) => isWithin(node, top)));
    },
    highest: highestOf(held),
    reservedNames,
  };
}

interface Held {
  readonly role: Role;
  /** Here and below. */
  readonly top: NamespaceNode;
}

/** The one of both that is below the other; undefined if they are side by side. */
function narrower(a: NamespaceNode, b: NamespaceNode): NamespaceNode | undefined {
  if (isWithin(a, b)) return a;
  return isWithin(b, a) ? b : undefined;
}

function highestOf(held: readonly Held[]): Role | undefined {
  return held.reduce<Role | undefined>((highest, { role }) => higherRole(highest, role), undefined);
}
