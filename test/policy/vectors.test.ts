import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { PolicyError } from '../../src/policy/policy-error.ts';
import { type Vector, vectorInput, vectors } from './vector-input.ts';

function decide(vector: Vector, source: unknown): unknown {
  try {
    return compilePolicy(source).evaluate(vectorInput(vector));
  } catch (error) {
    if (error instanceof PolicyError) return { error: true };
    throw error;
  }
}

for (const [form, prepare] of [
  ['as text', (text: string) => text],
  ['as a value', (text: string): unknown => JSON.parse(text)],
  ['as YAML', (text: string) => `# not JSON\n${text}`],
] as const) {
  test(`all 600 decisions of Pomerium are made here, for the same reasons, from the policy ${form}`, () => {
    assert.equal(vectors.length, 600);
    const actual = vectors.map((vector) => ({
      id: vector.id,
      decision: decide(vector, prepare(vector.ppl)),
    }));
    const expected = vectors.map((vector) => ({ id: vector.id, decision: vector.expect }));
    const differing = actual.flatMap((made, index) => {
      try {
        assert.deepEqual(made, expected[index]);
        return [];
      } catch {
        return [{ actual: made, expected: expected[index] }];
      }
    });
    assert.deepEqual(differing, []);
  });
}
