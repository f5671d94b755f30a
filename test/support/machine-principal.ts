import { machinePrincipal, type Principal } from '../../src/operations/principal.ts';

/** Somebody at the machine, who may do everything. @param now milliseconds since the epoch */
export function accessAt(now: number): Principal {
  return machinePrincipal('tester', 'here', () => now);
}
