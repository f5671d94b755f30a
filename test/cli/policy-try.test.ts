import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const V = 'apiVersion: sallyport/v1alpha1';
const PLACES = `
${V}
kind: Namespace
id: team-a
parent: global
hosts: [a.example.com]
---
${V}
kind: Policy
id: readers
namespace: team-a
ppl: {allow: {or: [{user: alice}, {user: bob}]}}
---
${V}
kind: Policy
id: other
namespace: team-a
ppl: {allow: {or: [{accept: true}]}}
---
${V}
kind: Route
id: orders
namespace: team-a
hosts: [a.example.com]
policies: [readers]
---
${V}
kind: Route
id: open
namespace: team-a
hosts: [a.example.com]
path: {prefix: /open}
policies: [other]
---
${V}
kind: DirectoryUser
id: bob
groups: [ops]
email: bob@example.com
---
${V}
kind: ServiceAccount
id: sa-alice
namespace: team-a
user_id: alice
---
${V}
kind: ServiceAccount
id: sa-bob
namespace: team-a
impersonate: bob
`;

const changed = (ppl: string, more = '') =>
  `${V}\nkind: Policy\nid: readers\nnamespace: team-a\n${more}ppl: ${ppl}\n`;

/** A line as the sidecar logs it. */
function decision(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    level: 'info',
    time: '2026-06-01T00:00:00.000Z',
    event: 'decision',
    verdict: 'allow',
    reason: 'user-ok',
    authenticated: true,
    namespace: 'team-a',
    route: 'orders',
    method: 'GET',
    host: 'a.example.com',
    path: '/orders',
    ip: '10.0.0.9',
    ...fields,
  });
}

const ALICE = { account_id: 'sa-alice', user_id: 'alice' };
const BOB = { account_id: 'sa-bob', user_id: 'bob' };
const STRANGER = {
  verdict: 'deny',
  refusal: 'forbidden',
  reason: 'user-unauthorized',
  account_id: 'gone',
  user_id: 'carl',
};
const ANONYMOUS = {
  verdict: 'deny',
  refusal: 'unauthenticated',
  reason: 'user-unauthenticated',
  authenticated: undefined,
};

interface Tried {
  decisions: number;
  untouched: number;
  same: number;
  turned: { count: number; before: string; after: string; user_id?: string; path: string }[];
  cannot_tell: { count: number; missing: string[]; user_id?: string }[];
  lines_without_decision: number;
}

async function tryIt(
  policy: string,
  lines: readonly string[],
  flags: readonly string[] = [],
): Promise<Tried> {
  let tried: Tried | undefined;
  await inFolder(async (line) => {
    write(line, { 'places.yaml': PLACES, 'policy.yaml': policy, 'decisions.jsonl': `${lines.join('\n')}\n` });
    tried = await line.json<Tried>(
      [
        'policy',
        'try',
        '--policy',
        'policy.yaml',
        '--from',
        'decisions.jsonl',
        '--resources',
        'places.yaml',
        ...flags,
      ],
      // A configuration that is no good shows that none is read.
      { env: { SALLYPORT_NO_SUCH: 'x' } },
    );
  });
  assert.ok(tried);
  return tried;
}

function write({ folder }: CommandLine, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

const turnedOf = ({ turned }: Tried) =>
  turned.map(({ count, before, after, user_id }) => [count, user_id, before, after]);
const openOf = ({ cannot_tell }: Tried) => cannot_tell.map(({ count, missing }) => [count, missing]);

test('decisions that come out the other way are turned; alike ones are counted', async () => {
  const tried = await tryIt(changed('{allow: {or: [{user: alice}]}}'), [
    decision(ALICE),
    decision(BOB),
    decision(BOB),
    decision(STRANGER),
    decision(ANONYMOUS),
    decision({ ...BOB, route: 'open', path: '/open' }),
    '{"event":"starting"}',
    'not json',
  ]);
  assert.deepEqual(turnedOf(tried), [[2, 'bob', 'allow', 'deny']]);
  assert.deepEqual(
    [tried.decisions, tried.same, tried.untouched, openOf(tried), tried.lines_without_decision],
    [6, 3, 1, [], 2],
  );
});

test('a denial may turn into an admission, of nobody too', async () => {
  const tried = await tryIt(changed('{allow: {or: [{accept: true}]}}'), [
    decision(ALICE),
    decision(STRANGER),
    decision(ANONYMOUS),
    decision({ verdict: 'deny', refusal: 'unauthenticated', reason: 'token-revoked', ...ALICE }),
  ]);
  assert.deepEqual(
    turnedOf(tried).map(([count, , before, after]) => [count, before, after]),
    [
      [1, 'deny', 'allow'],
      [1, 'deny', 'allow'],
      [1, 'deny', 'allow'],
    ],
  );
});

test('email, groups and claims are those of the directory', async () => {
  const tried = await tryIt(changed('{allow: {or: [{groups: ops}]}}'), [decision(ALICE), decision(BOB)]);
  assert.deepEqual(turnedOf(tried), [[1, 'alice', 'allow', 'deny']]);
});

test('method, path, address and time are those recorded', async () => {
  const policy =
    '{allow: {and: [{http_method: GET}, {http_path: /orders}, {source_ip: 10.0.0.0/8}, {date: {before: "2026-07-01"}}]}}';
  const tried = await tryIt(changed(policy), [
    decision(ALICE),
    decision({ ...ALICE, method: 'POST' }),
    decision({ ...ALICE, path: '/other' }),
    decision({ ...ALICE, ip: '192.0.2.1' }),
    decision({ ...ALICE, time: '2026-07-01T00:00:00.000Z' }),
    // Nobody can say which of two paths this is, now that the path decides.
    decision({ ...ALICE, path: '/a/../orders' }),
  ]);
  assert.deepEqual(
    tried.turned.map(({ count }) => count).reduce((sum, count) => sum + count, 0),
    5,
  );
  assert.equal(tried.same, 1);
});

test('what was not recorded is not guessed where it matters', async () => {
  const CASES: [string, Record<string, unknown>, string[]][] = [
    ['{allow: {or: [{client_certificate: {san_dns: x}}]}}', ALICE, ['certificate']],
    [
      '{allow: {or: [{accept: true}]}, deny: {or: [{invalid_client_certificate: true}]}}',
      ALICE,
      ['certificate'],
    ],
    ['{allow: {or: [{mcp_tool: search}]}}', ALICE, ['mcp']],
    ['{allow: {or: [{cors_preflight: true}]}}', { ...ANONYMOUS, method: 'OPTIONS' }, ['headers']],
    ['{allow: {or: [{source_ip: 10.0.0.0/8}]}}', { ...ALICE, ip: undefined }, ['address']],
    [
      '{allow: {or: [{http_path: {starts_with: /a}}]}}',
      { ...ALICE, path: `/${'a'.repeat(1024)}…` },
      ['path'],
    ],
    ['{allow: {or: [{groups: ops}]}}', { ...ALICE, account_id: 'gone' }, ['directory']],
    ['{allow: {or: [{user: alice}]}}', { ...ALICE, route: 'gone' }, ['route']],
    ['{allow: {or: [{user: alice}]}}', { ...ALICE, route: undefined, namespace: 'gone' }, ['namespace']],
  ];
  for (const [policy, fields, missing] of CASES) {
    const tried = await tryIt(changed(policy), [decision(fields)]);
    assert.deepEqual([turnedOf(tried), openOf(tried)], [[], [[1, missing]]], policy);
  }
});

test('what was not recorded does not matter where each way comes to the same', async () => {
  const policy = '{allow: {or: [{user: alice}, {client_certificate: {san_dns: x}}, {cors_preflight: true}]}}';
  const tried = await tryIt(changed(policy), [decision(ALICE), decision({ ...ALICE, method: 'OPTIONS' })]);
  assert.deepEqual([tried.same, openOf(tried)], [2, []]);
});

test('so many unknowns that nobody could go through them are not gone through', async () => {
  const many = Array.from({ length: 30 }, (_, index) => `{client_certificate: {san_dns: h${index}}}`).join(
    ', ',
  );
  const tried = await tryIt(changed(`{allow: {or: [${many}]}}`), [decision(ALICE)]);
  assert.deepEqual(openOf(tried), [[1, ['certificate']]]);
});

test('a document alone takes the place of the policy named', async () => {
  const tried = await tryIt(
    'allow:\n  or: [{user: alice}]\n',
    [decision(ALICE), decision(BOB)],
    ['--id', 'readers'],
  );
  assert.deepEqual(turnedOf(tried), [[1, 'bob', 'allow', 'deny']]);
});

test('an enforced policy that is new turns what its namespace and those below decide', async () => {
  const policy = `${V}\nkind: Policy\nid: new\nnamespace: global\nenforced: true\nppl: {deny: {or: [{http_method: GET}]}}\n`;
  const tried = await tryIt(policy, [decision(ALICE), decision({ ...BOB, route: 'open', path: '/open' })]);
  assert.equal(tried.turned.length, 2);
});

test('from the store, and for people', async () => {
  await inFolder(async (line) => {
    write(line, {
      'places.yaml': PLACES,
      'policy.yaml': changed('{allow: {or: [{user: alice}]}}', 'mode: shadow\n'),
    });
    assert.equal((await line.run(['apply', '-f', 'places.yaml'])).code, 0);
    const { code, stdout, stderr } = await line.run(
      ['policy', 'try', '--policy', 'policy.yaml', '--from', '-'],
      {
        input: `${decision(BOB)}\n${decision(ALICE)}\n`,
      },
    );
    assert.deepEqual(
      [code, stdout.split('\n'), stderr],
      [
        0,
        [
          'COUNT  TURNED         ACCOUNT   METHOD  URL',
          '1      allow to deny  sa-alice  GET     a.example.com/orders',
          '1      allow to deny  sa-bob    GET     a.example.com/orders',
          '',
          '2 decisions: 2 turned, 0 the same, 0 can’t be told, 0 untouched',
          '',
        ],
        'policy readers is in shadow mode, in which it decides nothing\n',
      ],
    );
  });
});

test('a policy that does not load, or that nobody has, is not tried', async () => {
  for (const [policy, flags, message] of [
    [changed('{allow: {or: [{usr: alice}]}}'), [], /did you mean .*user/],
    ['allow: {or: []}', ['--id', 'nobody-has-it'], /there is no policy nobody-has-it/],
    [PLACES.replaceAll('kind: Policy', 'kind: Plicy'), [], /Policy/],
  ] as const)
    await assert.rejects(tryIt(policy, [decision(ALICE)], flags), message);
});
