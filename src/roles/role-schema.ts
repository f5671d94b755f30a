import { z } from 'zod';

/** A role in a namespace and those below it. Each includes the roles before it. */
export const Role = z.enum(['viewer', 'manager', 'admin']);
export type Role = z.infer<typeof Role>;

const RANK: Readonly<Record<Role, number>> = { viewer: 1, manager: 2, admin: 3 };

export function includesRole(held: Role | undefined, needed: Role): boolean {
  return held !== undefined && RANK[held] >= RANK[needed];
}

export function higherRole(a: Role | undefined, b: Role | undefined): Role | undefined {
  return a !== undefined && (b === undefined || includesRole(a, b)) ? a : b;
}
