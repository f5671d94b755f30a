import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PolicyLinter, type PolicyLinterOptions } from '../../src/operations/policy-linter.ts';

const linters: PolicyLinter[] = [];
function open(options?: PolicyLinterOptions): PolicyLinter {
  const linter = new PolicyLinter(options);
  linters.push(linter);
  return linter;
}
after(() => {
  for (const linter of linters) linter.close();
});

const good = 'allow: { or: [{ user: bob }] }';
const bad = 'allow: { or: [{ usr: bob }] }';
/** Nests a lot for its length: it takes some 2 GB to read. */
const heavy = `{kind: Policy, ppl: [${'[[[[]]]],'.repeat(100_000)}]}`;

test('says what is wrong, one text after another', async () => {
  const linter = open();
  const [one, other, third] = await Promise.all([linter.lint(good), linter.lint(bad), linter.lint(good)]);
  assert.deepEqual(one, { findings: [], more: 0 });
  assert.match(String(other?.findings[0]?.message), /user/);
  assert.equal(other?.findings[0]?.severity, 'error');
  assert.deepEqual(third, { findings: [], more: 0 });
});

test('lists the first findings, and counts the others', async () => {
  const items = '- { apiVersion: sallyport/v1alpha1, kind: Policy }\n'.repeat(600);
  const answer = await open().lint(items);
  assert.equal(answer?.findings.length, 500);
  assert.ok(answer !== undefined && answer.more > 0);
});

test('a text that takes too much memory has no answer, and the next one has', async () => {
  const linter = open({ megabytes: 100 });
  assert.equal(await linter.lint(heavy), undefined);
  assert.equal((await linter.lint(bad))?.findings.length, 1);
});

test('a text that takes too long has no answer, and the next one has', async () => {
  // Not even a process starts in a millisecond.
  const hasty = open({ timeout: 1 });
  assert.equal(await hasty.lint(good), undefined);
  assert.equal(await hasty.lint(good), undefined);
});

test('the process ends when it has nothing to do, and another one comes', async () => {
  const linter = open({ idle: 1 });
  assert.ok(await linter.lint(good));
  while (linter.running) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(await linter.lint(good));
});

test('the process ends after a long text, for it keeps the memory that it took', async () => {
  const linter = open();
  assert.ok(await linter.lint(good));
  assert.ok(linter.running);
  assert.ok(await linter.lint(`${good}\n${'# comment\n'.repeat(7000)}`));
  assert.ok(!linter.running);
  assert.ok(await linter.lint(good));
});

test('closing it refuses what comes after', async () => {
  const linter = open();
  linter.close();
  await assert.rejects(linter.lint(good), /closed/);
});
