import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder, type Outcome } from '../support/command-line.ts';

async function lint(
  files: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await inFolder(async ({ folder, run }) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    // A configuration that is no good shows that none is read.
    outcome = await run(['policy', 'lint', ...Object.keys(files), ...flags], {
      env: { SALLYPORT_NO_SUCH: 'x' },
    });
  });
  assert.ok(outcome);
  return outcome;
}

const POLICY = 'apiVersion: sallyport/v1alpha1\nkind: Policy\nnamespace: global\n';

test('a good policy is silent but for the count', async () => {
  const outcome = await lint({ 'a.yaml': 'allow:\n  or:\n    - user: alice\n' });
  assert.deepEqual(outcome, { code: 0, stdout: '1 file, 0 errors, 0 warnings\n', stderr: '' });
});

test('a mistake is told with file, line, column, path, what was expected and what is close', async () => {
  const { code, stdout } = await lint({
    'a.yaml': 'allow:\n  or:\n    - usr: alice\n    - accept: true\n  orr: []\n',
  });
  assert.equal(code, 1);
  assert.deepEqual(stdout.split('\n'), [
    'a.yaml:3:7: error: allow.or[0].usr: unknown criterion "usr"; did you mean "user"?',
    'a.yaml:5:3: error: allow.orr: expected one of and, or, not, nor; did you mean "or"?',
    '1 file, 2 errors, 0 warnings',
    '',
  ]);
});

test('a warning is told, and leaves the exit code 0', async () => {
  const { code, stdout } = await lint({ 'a.yaml': 'allow:\n  or:\n    - http_method: {not: GET}\n' });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^a\.yaml:3:20: warning: allow\.or\[0\]\.http_method: means something else in Pomerium/,
  );
});

test('values that can never match are told of at their place, among resources too', async () => {
  const ppl =
    'ppl:\n  deny:\n    or:\n      - user: 10023\n      - groups: {has: 42}\n      - http_path: /a%20b\n';
  const { code, stdout } = await lint({ 'all.yaml': `${POLICY}id: p\n${ppl}` });
  assert.equal(code, 0);
  assert.deepEqual(
    stdout.split('\n').map((line) => line.split(': ').slice(0, 5).join(': ')),
    [
      'all.yaml:8:9: warning: Policy p: deny.or[0].user: never holds',
      'all.yaml:9:18: warning: Policy p: deny.or[1].groups.has: never holds',
      'all.yaml:10:9: warning: Policy p: deny.or[2].http_path: never holds',
      'all.yaml:10:9: warning: Policy p: deny.or[2].http_path: means something else in Pomerium',
      '1 file, 0 errors, 4 warnings',
      '',
    ],
  );
});

test('text that is neither YAML nor JSON, and an empty file, are told of', async () => {
  const broken = await lint({ 'a.yaml': 'allow: [' });
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /^a\.yaml:1:\d+: error: the closing \] is missing/);
  assert.equal((await lint({ 'a.yaml': '' })).code, 2);
  const deep = await lint({ 'a.yaml': '['.repeat(100_000) });
  assert.equal(deep.code, 1);
  assert.match(deep.stdout, /levels of nesting/);
});

test('policies among resources are told at their place in the file, whichever way they are written', async () => {
  const text = [
    `${POLICY}id: structured\nppl:\n  allow:\n    or:\n      - usr: alice\n`,
    `${POLICY}id: literal\nppl: |\n  # first\n  allow:\n    orr: []\n`,
    `${POLICY}id: quoted\nppl: "allow: {orr: []}"\n`,
    'apiVersion: sallyport/v1alpha1\nkind: Route\nid: r\nnamespace: global\n',
  ].join('---\n');
  const { code, stdout } = await lint({ 'all.yaml': text });
  assert.equal(code, 1);
  assert.deepEqual(stdout.split('\n').slice(0, -2), [
    'all.yaml:8:9: error: Policy structured: allow.or[0].usr: unknown criterion "usr"; did you mean "user"?',
    'all.yaml:17:5: error: Policy literal: allow.orr: expected one of and, or, not, nor; did you mean "or"?',
    'all.yaml:23:6: error: Policy quoted: allow.orr: expected one of and, or, not, nor; did you mean "or"?',
  ]);
});

test('what is wrong with resources as such is told too', async () => {
  const { code, stdout } = await lint({ 'a.yaml': `${POLICY}id: p\nmod: shadow\nppl: {allow: {or: []}}\n` });
  assert.equal(code, 1);
  assert.match(stdout, /^a\.yaml:5:1: error: Policy p: mod: /);
  assert.equal((await lint({ 'a.yaml': `${POLICY}id: p\n` })).code, 1);
});

test('several files are read at once, standard input among them, and counted as JSON', async () => {
  await inFolder(async ({ folder, run }) => {
    writeFileSync(join(folder, 'good.json'), '{"allow":{"or":[{"accept":true}]}}');
    const { code, stdout, stderr } = await run(['policy', 'lint', 'good.json', '-', '-o', 'json'], {
      input: 'deny:\n  or: {}\n',
    });
    assert.equal(code, 1);
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), {
      files: 2,
      errors: 1,
      warnings: 0,
      findings: [
        {
          file: '-',
          severity: 'error',
          path: 'deny.or',
          line: 2,
          column: 7,
          message: 'expected a list of criteria, got a map',
        },
      ],
    });
  });
});

test('a file that is not there is the caller’s mistake', async () => {
  await inFolder(async ({ run }) => {
    const { code, stderr } = await run(['policy', 'lint', 'nowhere.yaml']);
    assert.equal(code, 2);
    assert.match(stderr, /nowhere\.yaml can't be read/);
  });
});

test('issue 13, A: a directory user whose id is not their name is shown by both where a policy names one of them', async () => {
  const users = `
{ apiVersion: sallyport/v1alpha1, kind: DirectoryUser, id: u-1, user_name: alice@corp.example }
---
{ apiVersion: sallyport/v1alpha1, kind: DirectoryUser, id: bob@corp.example }
---
{ apiVersion: sallyport/v1alpha1, kind: DirectoryUser, id: carol@corp.example, user_name: carol.new@corp.example }
---
{ apiVersion: sallyport/v1alpha1, kind: DirectoryUser, id: u-2, user_name: carol@corp.example }
`;
  const { code, stdout } = await lint({
    'users.yaml': users,
    'policy.yaml': `${POLICY}id: p\nppl:\n  allow:\n    or:\n      - user: u-1\n      - user: {in: [alice@corp.example, bob@corp.example]}\n      - user: {starts_with: u-1}\n      - email: alice@corp.example\n      - user: carol@corp.example\n`,
  });
  assert.equal(code, 0);
  assert.deepEqual(stdout.split('\n'), [
    'policy.yaml: warning: Policy p: allow.or[0].user: u-1 is the id of the directory user whose name is alice@corp.example',
    'policy.yaml: warning: Policy p: allow.or[1].user.in: alice@corp.example is the name of the directory user whose id is u-1, and policies name the id',
    'policy.yaml: warning: Policy p: allow.or[4].user: carol@corp.example is the id of the directory user whose name is carol.new@corp.example',
    '2 files, 0 errors, 3 warnings',
    '',
  ]);
});
