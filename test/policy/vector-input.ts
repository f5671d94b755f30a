import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PolicyCase, policyCaseInput } from '../../src/policy/policy-case.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';

/** A decision made by Pomerium: a case whose document is text and whose reasons are said. */
export interface Vector extends PolicyCase {
  readonly id: number;
  readonly ppl: string;
  readonly expect: Exclude<PolicyCase['expect'], string>;
}

export const vectors: readonly Vector[] = readFileSync(new URL('vectors.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => readVector(PolicyCase.parse(JSON.parse(line))));

function readVector(given: PolicyCase): Vector {
  const { id, ppl, expect } = given;
  assert.ok(typeof id === 'number' && typeof ppl === 'string' && typeof expect !== 'string');
  return { ...given, id, ppl, expect };
}

/** A vector's request as policies see it. */
export function vectorInput(vector: Vector): PolicyInput {
  return policyCaseInput(vector);
}
