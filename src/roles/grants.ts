import type { NamePattern } from '../accounts/name-pattern.ts';
import type { NamespaceId } from '../accounts/namespace-id.ts';
import { isWithin, type NamespaceNode, type NamespaceTree } from '../accounts/namespace-tree.ts';
import type { RoleBinding } from './role-binding-schema.ts';
import { higherRole, includesRole, type Role } from './role-schema.ts';

/** The roles of a principal, by the state of the store at one time. */
export interface Grants {
  /** Undefined if the principal has no role there, or the namespace does not exist. */
  roleAt(namespace: string): Role | undefined;
  /** The highest role in any namespace. */
  readonly highest: Role | undefined;
  /** User IDs that only an admin of `global` may give to an account. */
  readonly reservedNames: readonly NamePattern[];
}

/** The grants of users on the machine with the store, who can read and write it anyway. */
export const ALL_GRANTS: Grants = { roleAt: () => 'admin', highest: 'admin', reservedNames: [] };

/** Whether the principal may know that the namespace exists. */
export function sees(grants: Grants, namespace: string): boolean {
  return grants.roleAt(namespace) !== undefined;
}

/** Whether the principal has the role `needed`, or a higher one, in a namespace. */
export function holds(grants: Grants, needed: Role, namespace: string): boolean {
  return includesRole(grants.roleAt(namespace), needed);
}

/**
 * The grants of a service account. A binding applies to its namespace and those below, but never outside the account's own
 * namespace and those below.
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
  /** The namespace in and below which the role applies. */
  readonly top: NamespaceNode;
}

/** The lower of two namespaces. Undefined if neither contains the other. */
function narrower(a: NamespaceNode, b: NamespaceNode): NamespaceNode | undefined {
  if (isWithin(a, b)) return a;
  return isWithin(b, a) ? b : undefined;
}

function highestOf(held: readonly Held[]): Role | undefined {
  return held.reduce<Role | undefined>((highest, { role }) => higherRole(highest, role), undefined);
}
