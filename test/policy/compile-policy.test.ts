import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { PolicyError } from '../../src/policy/policy-error.ts';
import { assertRefused, inputOf } from '../support/policy-cases.ts';

function problemsOf(source: unknown) {
  try {
    compilePolicy(source);
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error.problems;
  }
  return assert.fail('compiled');
}

test('every mistake is reported at once, with path, line and column, and what was expected', () => {
  const text = `allow:
  or:
    - usr: alice
    - user: {equals: 5}
    - {user: a, email: b}
  xor: []
dney: {}
`;
  assert.deepEqual(problemsOf(text), [
    { path: 'allow.or[0].usr', line: 3, column: 7, message: 'unknown criterion "usr"; did you mean "user"?' },
    {
      path: 'allow.or[1].user.equals',
      line: 4,
      column: 14,
      message: 'expected one of is, not, contains, starts_with, ends_with, in, not_in',
    },
    {
      path: 'allow.or[2].email',
      line: 5,
      column: 17,
      message:
        'expected a map of one criterion and its data, as in {user: alice}, got another: each criterion is a separate item',
    },
    {
      path: 'allow.xor',
      line: 6,
      column: 3,
      message: 'expected one of and, or, not, nor; did you mean "or"?',
    },
    { path: 'dney', line: 7, column: 1, message: 'expected allow or deny; did you mean "deny"?' },
  ]);
});

test('a mistake in JSON text has its line and column too', () => {
  assert.deepEqual(
    problemsOf('{"allow":{"or":[{"usr":"alice"}]}}').map(({ path, line, column }) => ({
      path,
      line,
      column,
    })),
    [{ path: 'allow.or[0].usr', line: 1, column: 18 }],
  );
});

test('a mistake in a value has its path alone, and the message says all', () => {
  const [problem] = problemsOf({ allow: { or: [{ usr: 'alice' }] } });
  assert.deepEqual(Object.keys(problem ?? {}), ['path', 'message']);
  assert.throws(
    () => compilePolicy({ allow: { or: [{ usr: 'alice' }] } }),
    /^PolicyError: allow\.or\[0\]\.usr: unknown criterion "usr"/,
  );
});

const accepted: [string, unknown][] = [
  ['an empty list of rules', '[]'],
  ['an empty rule', '{}'],
  ['an action without operators', 'allow: {}'],
  ['empty operators', 'allow: {and: [], or: [], not: [], nor: []}\ndeny: {or: []}'],
  ['the same operators in several rules', '- allow: {or: [accept: 1]}\n- allow: {or: [reject: 1]}'],
  ['an anchor and its alias', '- allow: {or: &who [user: alice]}\n- deny: {not: *who}'],
  ['a comment and a document marker', '# who\n---\nallow: {or: [accept: null]}\n'],
  [
    'ten thousand users',
    { allow: { or: [{ user: { in: Array.from({ length: 10_000 }, (_, i) => `u${i}`) } }] } },
  ],
];
for (const [name, source] of accepted)
  test(`${name} compiles`, () => {
    compilePolicy(source);
  });

const refused: [string, unknown, string, RegExp][] = [
  ['no text', '', '', /expected a rule with allow or deny, or a list of rules, got null/],
  ['plain text', 'hello', '', /got "hello"/],
  ['null', null, '', /got null/],
  ['undefined', undefined, '', /expected a map, a list, text/],
  ['a function', () => 1, '', /expected a map, a list, text/],
  ['a Map', new Map(), '', /expected a map, a list, text/],
  ['a number that is none', { allow: { or: [{ user: Number.NaN }] } }, 'allow.or[0].user', /a finite number/],
  ['a rule that is text', ['allow'], '[0]', /expected a rule with allow or deny, got "allow"/],
  ['another action', { permit: {} }, 'permit', /expected allow or deny/],
  ['an action that is a list', { allow: [] }, 'allow', /expected a map of and, or, not, nor, got a list/],
  ['an action of null', 'allow:', 'allow', /expected a map of and, or, not, nor, got null/],
  ['another operator', { allow: { all: [] } }, 'allow.all', /expected one of and, or, not, nor/],
  [
    'an operator that is a map',
    { allow: { or: { user: 'a' } } },
    'allow.or',
    /expected a list of criteria, got a map/,
  ],
  ['an operator of null', { allow: { or: null } }, 'allow.or', /expected a list of criteria, got null/],
  [
    'a criterion that is text',
    { allow: { or: ['user'] } },
    'allow.or[0]',
    /expected a map of one criterion and its data/,
  ],
  ['an empty criterion', { allow: { or: [{}] } }, 'allow.or[0]', /got an empty map/],
  [
    'an unknown criterion',
    { allow: { or: [{ nope: 1 }] } },
    'allow.or[0].nope',
    /expected one of accept, .*claim\/<name>/,
  ],
  [
    'a criterion of an object',
    { allow: { or: [{ constructor: 1 }] } },
    'allow.or[0].constructor',
    /unknown criterion/,
  ],
  ['a repeated key', 'allow: {or: []}\nallow: {or: []}', 'allow', /expected each key once/],
  ['a repeated key in JSON', '{"allow":{"or":[]},"allow":{"or":[]}}', 'allow', /expected each key once/],
  ['a key that is a number', '1: x', '["1"]', /expected allow or deny/],
  ['a key that is a list', '[a]: x', '', /expected a name as key/],
  ['an alias without an anchor', 'allow: {or: *who}', 'allow.or', /quote it: "\*who".* no anchor "who"/],
  ['two documents', 'allow: {}\n---\ndeny: {}', '', /expected one document/],
  ['an unknown tag', 'allow: !secret {}', '', /tags are not taken/],
  ['broken YAML', 'allow: {or: [', '', /the closing \] is missing/],
  ['a tab', 'allow:\n\tor: []', '', /not indented with tabs/],
];
for (const [name, source, path, message] of refused)
  test(`${name} is refused`, () => {
    assertRefused(source, path, message);
  });

const hostile: [string, unknown][] = [
  ['lists in lists', '['.repeat(130_000)],
  ['dashes on a line', '- '.repeat(65_000)],
  ['question marks on a line', '? '.repeat(65_000)],
  ['maps in maps', '{a: '.repeat(60_000)],
  ['an alias of what holds it', 'allow: &a {or: [*a]}'],
  ['aliases of aliases', nestedAliases()],
  ['an endless text', ' '.repeat(300_000)],
  ['a value that holds itself', holdsItself()],
  [
    'a value whose getter throws',
    {
      get allow() {
        throw new Error('no');
      },
    },
  ],
];
for (const [name, source] of hostile)
  test(`${name} are refused without harm`, () => {
    assert.ok(problemsOf(source).length > 0);
  });

function nestedAliases(): string {
  const levels = Array.from(
    'bcdefgh',
    (key, index) => `${key}: &${key} [${`*${'abcdefg'[index]},`.repeat(8)}]`,
  );
  return ['a: &a [x]', ...levels, 'allow: {or: *h}'].join('\n');
}

function holdsItself(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return { allow: { or: list } };
}

test('a policy says what of a request it looks at', () => {
  const uses = { path: false, clientCertificate: false, sourceIp: false, time: false };
  const cases: [Record<string, unknown>, object][] = [
    [{ accept: 1 }, uses],
    [{ http_path: '/' }, { ...uses, path: true }],
    [{ client_certificate: {} }, { ...uses, clientCertificate: true }],
    [{ invalid_client_certificate: 1 }, { ...uses, clientCertificate: true }],
    [{ source_ip: [] }, { ...uses, sourceIp: true }],
    [{ date: { after: '2027-01-01' } }, { ...uses, time: true }],
    [{ day_of_week: '*' }, { ...uses, time: true }],
    [{ time_of_day: { timezone: 'UTC', after: '9:00' } }, { ...uses, time: true }],
  ];
  for (const [criterion, expected] of cases)
    assert.deepEqual(compilePolicy({ deny: { nor: [criterion] } }).uses, expected);
});

test('text, the value that it holds and YAML of it judge alike', () => {
  const value = { allow: { and: [{ user: 'alice' }, { http_method: { in: ['GET'] } }] } };
  const expected = {
    allow: { value: true, reasons: ['http-method-ok', 'user-ok'] },
    deny: { value: false, reasons: [] },
  };
  const yaml = 'allow:\n  and:\n  - user: alice\n  - http_method:\n      in: [GET]\n';
  for (const source of [value, JSON.stringify(value), JSON.stringify(value, null, 2), yaml])
    assert.deepEqual(compilePolicy(source).evaluate(inputOf({})), expected);
});

test('a compiled policy keeps what it consists of, for whoever explains it', () => {
  const { clauses } = compilePolicy(
    '- allow: {and: [{user: a}, {claim/x: b}]}\n- deny: {nor: [{reject: 1}]}',
  );
  assert.deepEqual(
    clauses.map(({ action, operator, criteria }) => [
      action,
      operator,
      criteria.map(({ name, path }) => [name, path]),
    ]),
    [
      [
        'allow',
        'and',
        [
          ['user', '[0].allow.and[0].user'],
          ['claim/x', '[0].allow.and[1].claim/x'],
        ],
      ],
      ['deny', 'nor', [['reject', '[1].deny.nor[0].reject']]],
    ],
  );
});
