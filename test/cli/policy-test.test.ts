import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder, type Outcome } from '../support/command-line.ts';
import { vectorText } from '../support/vector-input.ts';

async function runCases(
  cases: string,
  flags: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await inFolder(async ({ folder, run }) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    outcome = await run(['policy', 'test', '-', ...flags], { input: cases, env: { SALLYPORT_NO_SUCH: 'x' } });
  });
  assert.ok(outcome);
  return outcome;
}

const ALICE = 'account: {user_id: alice}';
const ONLY_ALICE = 'ppl: {allow: {or: [{user: alice}]}}';

test('all 600 decisions of Pomerium pass as they were recorded, but for the listed deviations', async () => {
  await inFolder(async ({ folder, run, json }) => {
    writeFileSync(join(folder, 'vectors.jsonl'), vectorText);
    assert.deepEqual(await run(['policy', 'test', 'vectors.jsonl']), {
      code: 0,
      stdout: '600 passed, 0 failed\n',
      stderr: '',
    });
    assert.deepEqual(await json(['policy', 'test', 'vectors.jsonl']), {
      passed: 600,
      failed: 0,
      failures: [],
    });
  });
});

test('a case may expect allow or deny, both sides with reasons in any order, or that the policy does not load', async () => {
  const { code, stdout } = await runCases(`
- {${ONLY_ALICE}, ${ALICE}, expect: allow}
- {${ONLY_ALICE}, account: {user_id: bob}, expect: deny}
- {${ONLY_ALICE}, expect: deny}
- {ppl: 'allow: {or: [{usr: alice}]}', expect: {error: true}}
- ppl: {allow: {and: [{user: alice}, {http_method: GET}]}}
  ${ALICE}
  expect: {allow: {value: true, reasons: [user-ok, http-method-ok]}, deny: {value: false, reasons: []}}
`);
  assert.equal(stdout, '5 passed, 0 failed\n');
  assert.equal(code, 0);
});

test('each difference is told so that a person can read it, and ends with exit code 1', async () => {
  const { code, stdout } = await runCases(`
- {id: one, ${ONLY_ALICE}, ${ALICE}, expect: deny}
- {id: two, ${ONLY_ALICE}, expect: {allow: {value: true, reasons: [user-ok]}, deny: {value: false, reasons: []}}}
- {id: three, ${ONLY_ALICE}, expect: {error: true}}
- {id: four, ppl: {allow: {or: [{usr: x}]}}, expect: allow}
`);
  assert.equal(code, 1);
  assert.deepEqual(stdout.split('\n'), [
    'not ok: one',
    '    expected deny, got allow',
    'not ok: two',
    '    allow: expected true, got false',
    '    allow reasons: - user-ok  + user-unauthenticated',
    'not ok: three',
    '    expected a policy that does not load, got a policy that loads',
    'not ok: four',
    "    expected allow, but the policy can't be used:",
    '    allow.or[0].usr: unknown criterion "usr"; did you mean "user"?',
    '0 passed, 4 failed',
    '',
  ]);
});

test('as JSON, a failure says what was expected and what came', async () => {
  const { code, stdout, stderr } = await runCases(
    `{"id":7,"ppl":"allow: {or: [{user: alice}]}","expect":{"allow":{"value":true,"reasons":["user-ok"]},"deny":{"value":false,"reasons":[]}}}\n{"ppl":"[]","expect":"deny"}\n`,
    ['-o', 'json'],
  );
  assert.equal(code, 1);
  assert.equal(stderr, '');
  const none = { value: false, reasons: [] };
  assert.deepEqual(JSON.parse(stdout), {
    passed: 1,
    failed: 1,
    failures: [
      {
        id: 7,
        expected: { allow: { value: true, reasons: ['user-ok'] }, deny: none },
        actual: { allow: { value: false, reasons: ['user-unauthenticated'] }, deny: none },
      },
    ],
  });
});

test('a case names its policy by the id of a resource or by file', async () => {
  const resources =
    'apiVersion: sallyport/v1alpha1\nkind: Policy\nid: only-alice\nnamespace: global\nppl: {allow: {or: [{user: alice}]}}\n';
  const files = { 'all.yaml': resources, 'bob.yaml': 'allow: {or: [{user: bob}]}' };
  const cases = `- {policy: only-alice, ${ALICE}, expect: allow}\n- {policy: bob.yaml, ${ALICE}, expect: deny}\n`;
  const { code, stdout } = await runCases(cases, ['--resources', 'all.yaml'], files);
  assert.deepEqual([code, stdout], [0, '2 passed, 0 failed\n']);
  const lost = await runCases(cases, [], files);
  assert.equal(lost.code, 2);
  assert.match(lost.stderr, /policy only-alice: no resource has this id, and no such file can be read in/);
});

test('the directory user, headers, address, certificate and time of a case count', async () => {
  const { stdout } = await runCases(`
- {ppl: {allow: {or: [{groups: ops}]}}, ${ALICE}, directory_user: {group_ids: [ops]}, expect: allow}
- {ppl: {allow: {or: [{email: a@x}]}}, ${ALICE}, user: {email: b@x}, directory_user: {email: a@x}, expect: allow}
- {ppl: {allow: {or: [{claim/team: red}]}}, ${ALICE}, user: {claims: {team: [red]}}, expect: allow}
- {ppl: {allow: {or: [{cors_preflight: true}]}}, request: {method: OPTIONS, headers: {Origin: [a], Access-Control-Request-Method: [GET]}}, expect: allow}
- {ppl: {allow: {or: [{source_ip: 10.0.0.0/8}]}}, request: {ip: 10.9.9.9}, expect: allow}
- {ppl: {allow: {or: [{day_of_week: wed}]}}, request: {time: '2027-01-06T12:00:00Z'}, expect: allow}
- {ppl: {deny: {or: [{invalid_client_certificate: true}]}, allow: {or: [{accept: true}]}}, request: {client_certificate: {valid: false}}, expect: deny}
`);
  assert.equal(stdout, '7 passed, 0 failed\n');
});

test('a policy that looks at the time fails a case without one, rather than pass today', async () => {
  const { code, stdout } = await runCases('- {ppl: {deny: {or: [{day_of_week: mon}]}}, expect: deny}\n');
  assert.equal(code, 1);
  assert.match(stdout, /expected request\.time in the case/);
});

test('cases that can’t be read are all told of, and none runs', async () => {
  const CASES: [string, RegExp][] = [
    [
      '- {ppl: [], expect: maybe}\n- {id: x, expect: allow}\n',
      /-:1:13: case number 1: expect: expected allow, deny.*\n.*-:2:3: case x: expected either ppl or policy/,
    ],
    ['- {ppl: [], policy: x, expect: allow}', /expected either ppl or policy/],
    ['- {ppl: [], expect: allow, usr: {}}', /-:1:28: .*usr: .*"user"/],
    [
      '- {ppl: [], expect: allow, request: {client_certificate: {leaf: x}}}',
      /leaf: expected a certificate as PEM/,
    ],
    ['- {ppl: [], expect: allow, request: {time: noon}}', /request\.time: expected a time/],
    ['{"ppl":[],"expect":"deny"}\nnot json\n', /-:2: /],
    ['a: [', /-:1:5: /],
    ['['.repeat(100_000), /levels of nesting/],
  ];
  for (const [cases, message] of CASES) {
    const { code, stdout, stderr } = await runCases(cases);
    assert.deepEqual([code, stdout], [2, ''], cases.slice(0, 80));
    assert.match(stderr, message);
  }
});

test('no case at all is a failure', async () => {
  for (const cases of ['[]', '']) assert.equal((await runCases(cases)).code, 2);
});
