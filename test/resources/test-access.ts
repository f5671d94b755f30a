import { type Access, machineAccess } from '../../src/operations/access.ts';

/** Somebody at the machine, who may do everything. @param now milliseconds since the epoch */
export function accessAt(now: number): Access {
  return machineAccess('tester', 'here', () => now);
}
