import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AttackPlan, AttackResult } from '../planes/attack-plan.ts';
import { startChild } from './child.ts';
import { waitUntil } from './wait-until.ts';

const PROGRAM = fileURLToPath(new URL('../planes/attacker.ts', import.meta.url));
let count = 0;

/**
 * Carries out an attack in a process of its own. Its priority is the lowest: an attacker is another machine, whose work takes
 * no core away from this one. What the attack makes the control plane do is not lowered by it.
 */
export async function runAttack(folder: string, plan: AttackPlan): Promise<AttackResult> {
  const file = join(folder, `attack-${count++}.json`);
  writeFileSync(file, JSON.stringify(plan));
  const attacker = startChild([
    ...['nice', '-n', '19', process.execPath, '--import', import.meta.resolve('tsx'), PROGRAM, file],
  ]);
  await waitUntil('the attack to end', () => attacker.exitCode() !== undefined, { timeout: 180_000 });
  rmSync(file);
  if (attacker.exitCode() !== 0)
    throw new Error(`the attacker ended with ${attacker.exitCode()}: ${attacker.output()}`);
  return AttackResult.parse(JSON.parse(attacker.output()));
}
