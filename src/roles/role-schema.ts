import { z } from 'zod';

/** What one may do in a namespace and below it; each may do what those before it may. */
export const Role = z.enum(['viewer', 'manager', 'admin']);
export type Role = z.infer<typeof Role>;

const RANK: Readonly<Record<Role, number>> = { viewer: 1, manager: 2, admin: 3 };

/** Whether whoever holds `held` may do what `needed` may. */
export function includesRole(held: Role | undefined, needed: Role): boolean {
  return held !== undefined && RANK[held] >= RANK[needed];
}

/** The one of both that may do more. */
export function higherRole(a: Role | undefined, b: Role | undefined): Role | undefined {
  return a !== undefined && (b === undefined || includesRole(a, b)) ? a : b;
}
