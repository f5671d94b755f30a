import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { canonicalPolicy, compilePolicy } from '../../src/policy/compile-policy.ts';
import { createPolicyTextReader, startReading } from '../../src/policy/policy-text-reader.ts';

const YAML = `# who
- allow:
    or: &who
      - user: alice
      - claim/department: {has: "7", exclude: no}
      - user: {in: [a, 'b', "c", 1, ~]}
- deny:
    nor: *who
`;

describe('a policy that is read on another thread', () => {
  const reader = createPolicyTextReader();

  test('compiles to the same as its text', async () => {
    const { canonical, problem } = await reader.read(YAML);
    assert.equal(problem, undefined);
    assert.equal(canonical, canonicalPolicy(YAML));
    const shape = (source: unknown) =>
      compilePolicy(source).clauses.map(({ action, operator, criteria }) => [
        action,
        operator,
        criteria.map(({ name, path, cost }) => [name, path, cost]),
      ]);
    assert.deepEqual(shape(canonical), shape(YAML));
  });

  test('fails for the same reason, with its line', async () => {
    assert.deepEqual(await reader.read('allow:\n  or:\n    - usr: alice'), {
      problem: 'line 3, column 7: allow.or[0].usr: unknown criterion "usr"; did you mean "user"?',
    });
  });

  test('comes in whatever order it was asked for', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `allow: {or: [user: u${index}]}`);
    const read = await Promise.all(texts.map((text) => reader.read(text)));
    assert.deepEqual(
      read.map(({ canonical }) => canonical),
      texts.map(canonicalPolicy),
    );
  });

  test('is read on a new thread after one that failed', async () => {
    const threads = [new Worker('process.exit(3)', { eval: true }), startReading()];
    const failing = createPolicyTextReader(() => threads.shift() ?? startReading());
    await assert.rejects(failing.read(YAML), /ended with 3/);
    assert.equal((await failing.read(YAML)).canonical, canonicalPolicy(YAML));
  });
});
