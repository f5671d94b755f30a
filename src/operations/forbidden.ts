import type { Role } from '../roles/role-schema.ts';

/** The author may see it, and may not do this to it. Nothing was changed. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden';
  /** What would be enough. */
  readonly role: Role;
  readonly namespace: string;

  /** @param what such as `changing the enforced policy no-robots` */
  constructor(what: string, role: Role, namespace: string) {
    super(`${what} needs the role ${role} in namespace ${namespace}`);
    this.role = role;
    this.namespace = namespace;
  }
}
