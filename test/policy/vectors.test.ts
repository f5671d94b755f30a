import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { PolicyError } from '../../src/policy/policy-error.ts';
import { deviations, moreVectors, type Vector, vectorInput, vectors } from '../support/vector-input.ts';

function decide(vector: Vector, source: unknown): unknown {
  try {
    return compilePolicy(source).evaluate(vectorInput(vector));
  } catch (error) {
    if (error instanceof PolicyError) return { error: true };
    throw error;
  }
}

function assertDecided(given: readonly Vector[], prepare: (ppl: string) => unknown): void {
  const differing = given.flatMap((vector) => {
    const actual = decide(vector, prepare(vector.ppl));
    try {
      assert.deepEqual(actual, vector.expect);
      return [];
    } catch {
      return [{ id: vector.id, actual, expected: vector.expect }];
    }
  });
  assert.deepEqual(differing, []);
}

for (const [form, prepare] of [
  ['as text', (text: string) => text],
  ['as a value', (text: string): unknown => JSON.parse(text)],
  ['as YAML', (text: string) => `# not JSON\n${text}`],
] as const) {
  test(`all 600 decisions of Pomerium are made here, but for the listed deviations, from the policy ${form}`, () => {
    assert.equal(vectors.length, 600);
    assertDecided(vectors, prepare);
  });
  test(`all 300 decisions with mcp_tool, device and ssh_* are made here, from the policy ${form}`, () => {
    assert.equal(moreVectors.length, 300);
    assertDecided(moreVectors, prepare);
  });
}

test('the listed deviations are three, of the first kind', () => {
  assert.deepEqual(
    deviations.map(({ file, id, kind }) => [file, id, kind]),
    [
      ['vectors.jsonl', 73, 1],
      ['vectors.jsonl', 161, 1],
      ['vectors.jsonl', 594, 1],
    ],
  );
});
