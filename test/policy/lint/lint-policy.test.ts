import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compilePolicy } from '../../../src/policy/compile-policy.ts';
import { lintPolicy } from '../../../src/policy/lint/lint-policy.ts';
import { ask, inputOf } from '../../support/policy-cases.ts';

const IN = 'deny.and[0]';

function warningsOf(source: unknown): string[] {
  const { errors, warnings } = lintPolicy(source);
  assert.deepEqual(errors, []);
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIeAQ7VbiYJdPaxsMYTW/q5QpqtyHMtHHRBUJOcQMaLE key-1';

describe('a criterion that never holds makes a deny that never applies, which lint says with its place', () => {
  const rows: [criterion: Record<string, unknown>, path: string, why: RegExp][] = [
    // Text is never a number, true, false or null.
    [{ user: 10023 }, 'user', /the number 10023 is not; write it in quotes/],
    [{ user: true }, 'user', /true is not/],
    [{ user: null }, 'user', /null is not/],
    [{ user: { is: 5 } }, 'user.is', /the number 5/],
    [{ user: { in: [1, 2] } }, 'user.in', /the number 1/],
    [{ user: { in: ['alice'], is: 5 } }, 'user.is', /the number 5/],
    [{ email: 5 }, 'email', /emails are text/],
    [{ domain: false }, 'domain', /domains are text/],
    [{ http_method: 5 }, 'http_method', /methods are text/],
    [{ http_path: 5 }, 'http_path', /paths are text/],
    [{ groups: 42 }, 'groups', /ids of groups are text, and the number 42 is not/],
    [{ groups: { has: 42 } }, 'groups.has', /the number 42/],
    [{ groups: { is: true } }, 'groups.is', /true is not/],
    [{ 'claim/level': null }, 'claim/level', /no value/],
    [{ client_certificate: { san_dns: 5 } }, 'client_certificate.san_dns', /names in a certificate are text/],
    // Texts that nothing of the kind has.
    [{ user: '' }, 'user', /1 to 256 characters/],
    [{ user: 'a\nb' }, 'user', /control character/],
    [{ user: { contains: '\n' } }, 'user.contains', /control character/],
    [{ user: 'x'.repeat(257) }, 'user', /1 to 256 characters/],
    [{ groups: '' }, 'groups', /1 to 256 characters/],
    [{ domain: '@example.com' }, 'domain', /follows the @/],
    [{ http_method: 'GET, POST' }, 'http_method', /in: \[GET, POST\]/],
    [{ http_method: 'GET|/x' }, 'http_method', /no method/],
    [{ http_method: '' }, 'http_method', /no method/],
    [{ http_path: 'admin' }, 'http_path', /begins with a slash/],
    [{ http_path: '' }, 'http_path', /begins with a slash/],
    [{ http_path: { starts_with: 'api/' } }, 'http_path.starts_with', /begins with a slash/],
    [{ http_path: 'https://a.test/x' }, 'http_path', /begins with a slash/],
    [{ http_path: '/a%20b' }, 'http_path', /percent-decoded/],
    [{ http_path: { contains: '%2f' } }, 'http_path.contains', /percent-decoded/],
    [{ http_path: '/a//b' }, 'http_path', /empty segment/],
    [{ http_path: { starts_with: '/a/../b' } }, 'http_path.starts_with', /dot segment/],
    [{ http_path: { ends_with: '/..' } }, 'http_path.ends_with', /dot segment/],
    [{ http_path: { contains: '\\' } }, 'http_path.contains', /backslash/],
    // Operators that exclude each other.
    [{ user: { in: [] } }, 'user.in', /the list is empty/],
    [{ user: { is: 'alice', starts_with: 'b' } }, 'user', /no text matches all/],
    [{ user: { is: 'alice', not: 'alice' } }, 'user', /no text matches all/],
    [{ user: { in: ['a', 'b'], not_in: ['b', 'a'] } }, 'user', /no text matches all/],
    [{ email: { is: 'a@b.test', ends_with: '@c.test' } }, 'email', /no text matches all/],
    [{ groups: { is: 'a', has: 'b' } }, 'groups', /no list matches all/],
    [{ groups: { has: 'a', exclude: 'a' } }, 'groups', /no list matches all/],
    [{ 'claim/a': { is: 'x', exclude: 'x' } }, 'claim/a', /no list matches all/],
    [
      { client_certificate: { san_uri: { is: 'a', in: ['b'] } } },
      'client_certificate.san_uri',
      /no text matches all/,
    ],
    // Lists of nothing.
    [{ source_ip: [] }, 'source_ip', /the list is empty/],
    [{ client_certificate: { fingerprint: [] } }, 'client_certificate.fingerprint', /the list is empty/],
    [{ client_certificate: { spki_hash: [] } }, 'client_certificate.spki_hash', /the list is empty/],
    // What the request of a service account has not.
    [{ device: { is: 'dev-1' } }, 'device', /no device/],
    [{ device: { type: 'any' } }, 'device', /no device/],
    [{ device: { approved: true } }, 'device', /no device/],
    [{ device: { approved: 'false' } }, 'device', /no device/],
    [{ ssh_publickey: KEY }, 'ssh_publickey', /no SSH key/],
    [{ ssh_ca: [KEY] }, 'ssh_ca', /no SSH key/],
    [{ ssh_username: 'root' }, 'ssh_username', /empty SSH user name/],
    [{ mcp_tool: 'search' }, 'mcp_tool', /Model Context Protocol/],
  ];
  for (const [criterion, path, why] of rows)
    test(JSON.stringify(criterion).slice(0, 100), () => {
      const warnings = warningsOf({ deny: { and: [criterion, { accept: true }] } });
      const said = warnings.find((each) => each.startsWith(`${IN}.${path}: never holds: `));
      assert.ok(said, warnings.join('\n'));
      assert.match(said, why);
      assert.match(said, /; so deny\.and never applies$/);
    });
});

describe('lint says what was hardly meant, with its place', () => {
  const rows: [criterion: Record<string, unknown>, path: string, message: RegExp][] = [
    [{ user: '*' }, 'user', /\* is not a wildcard/],
    [{ user: { in: ['alice', 'ci-*'] } }, 'user.in[1]', /\* is not a wildcard/],
    [{ user: { in: ['alice', 5] } }, 'user.in[1]', /never matches: .*the number 5/],
    [{ user: { not_in: ['alice', 5] } }, 'user.not_in[1]', /never matches/],
    [{ user: { not: 5 } }, 'user.not', /matches everything: .*the number 5/],
    [{ user: { not_in: [] } }, 'user.not_in', /matches everything: the list is empty/],
    [{ user: { starts_with: '' } }, 'user.starts_with', /matches everything/],
    [{ user: {} }, 'user', /matches everything/],
    [{ user: 'alice ' }, 'user', /space, which counts/],
    [{ http_path: '/api/*' }, 'http_path', /\* is not a wildcard; use starts_with/],
    [{ http_path: { contains: '?x' } }, 'http_path.contains', /no query/],
    [{ http_path: '/a?b=c' }, 'http_path', /no query/],
    [{ http_path: '/a#b' }, 'http_path', /no fragment/],
    [{ http_path: '/a;v=1' }, 'http_path', /semicolon/],
    [{ http_method: 'get' }, 'http_method', /letter case counts/],
    [{ http_method: { in: ['GET', 'post'] } }, 'http_method.in[1]', /letter case counts/],
    [{ email: 'Alice@example.com' }, 'email', /letter case counts/],
    [{ email: 'example.com' }, 'email', /have an @/],
    [{ domain: { ends_with: 'Example.com' } }, 'domain.ends_with', /letter case counts/],
    [{ domain: '*.example.com' }, 'domain', /\* is not a wildcard/],
    [{ groups: 'team-*' }, 'groups', /\* is not a wildcard/],
    [{ groups: { exclude: 42 } }, 'groups.exclude', /excludes nothing: .*the number 42/],
    [{ 'claim/level': 3 }, 'claim/level', /the number 3 does not fit the text "3"/],
    [{ 'claim/on': { has: true } }, 'claim/on.has', /true does not fit the text "true"/],
    [{ source_ip: '10.1.2.3/8' }, 'source_ip', /is a network/],
    [{ source_ip: ['10.0.0.0/8', '2001:db8::1/32'] }, 'source_ip[1]', /is a network/],
    [{ source_ip: '0.0.0.0' }, 'source_ip', /no client has the address/],
    [{ source_ip: '0.0.0.0/0' }, 'source_ip', /no IPv6 address; add ::\/0/],
    [{ source_ip: ['::/0'] }, 'source_ip[0]', /no IPv4 address; add 0\.0\.0\.0\/0/],
    [{ client_certificate: {} }, 'client_certificate', /any certificate fits/],
    [{ client_certificate: { san_dns: '*.a.test' } }, 'client_certificate.san_dns', /\* is not a wildcard/],
    [{ accept: false }, 'accept', /is ignored/],
    [{ authenticated_user: false }, 'authenticated_user', /is ignored/],
    [{ invalid_client_certificate: 0 }, 'invalid_client_certificate', /is ignored/],
    [{ device: {} }, 'device', /also without a credential/],
    [{ device: { approved: false } }, 'device', /also without a credential/],
    [{ ssh_username: { not: 'root' } }, 'ssh_username', /matches everything/],
    [{ ssh_username_matches_email: true }, 'ssh_username_matches_email', /without a credential/],
    [{ ssh_username_matches_claim: 'unix' }, 'ssh_username_matches_claim', /empty text/],
  ];
  for (const [criterion, path, message] of rows)
    test(JSON.stringify(criterion), () => {
      const warnings = warningsOf({ deny: { and: [criterion] } });
      const said = warnings.filter((each) => each.startsWith(`${IN}.${path}: `));
      assert.ok(
        said.some((each) => message.test(each)),
        warnings.join('\n'),
      );
      assert.ok(!said.some((each) => / never holds/.test(each)), said.join('\n'));
    });
});

describe('lint says where a whole list of criteria never holds', () => {
  const rows: [source: unknown, expected: string][] = [
    [{ deny: { or: [] } }, 'deny.or: never holds: the list is empty'],
    [{ deny: {} }, 'deny: never applies: it has no operator'],
    [{}, ': says nothing: it has neither allow nor deny'],
    [[], ': says nothing: it has no rule'],
    [[{ allow: { or: [{ accept: true }] } }, {}], '[1]: says nothing: it has neither allow nor deny'],
    [
      { deny: { and: [{ user: 'a' }, { user: 'b' }] } },
      'deny.and: never holds: its criteria on user exclude each other; so deny.and never applies',
    ],
    [
      { deny: { and: [{ http_path: { starts_with: '/a/' } }, { http_path: { starts_with: '/b/' } }] } },
      'deny.and: never holds: its criteria on http_path exclude each other; so deny.and never applies',
    ],
    [
      { deny: { and: [{ email: { ends_with: '@a.b' } }, { email: { ends_with: '@c.b' } }] } },
      'deny.and: never holds: its criteria on email exclude each other; so deny.and never applies',
    ],
    [
      { allow: { and: [{ groups: { is: 'a' } }, { groups: 'b' }] } },
      'allow.and: never holds: its criteria on groups exclude each other; so allow.and never applies',
    ],
    [
      { deny: { and: [{ date: { after: '2027-02-01' } }, { date: { before: '2027-01-01' } }] } },
      'deny.and: never holds: its criteria on date exclude each other; so deny.and never applies',
    ],
  ];
  for (const [source, expected] of rows)
    test(JSON.stringify(source), () => {
      assert.deepEqual(warningsOf(source), [expected]);
    });

  test('or never applies only if none of its criteria can hold, and not and nor are left alone', () => {
    const never = { user: 5 };
    const of = (operator: string, list: unknown[]) => warningsOf({ deny: { [operator]: list } }).join('\n');
    assert.match(of('or', [never, { groups: { has: 42 } }, { reject: true }]), /so deny\.or never applies/);
    assert.doesNotMatch(of('or', [never, { user: 'alice' }]), /never applies/);
    assert.doesNotMatch(of('not', [never]), /never applies/);
    assert.doesNotMatch(of('nor', [never]), /never applies/);
  });
});

describe('lint is silent about', () => {
  const rows: Record<string, unknown>[] = [
    { user: 'ci@team-a' },
    { user: { starts_with: 'ci-', ends_with: '@team-a', not: 'ci-x@team-a' } },
    { email: 'alice@example.com' },
    { email: { ends_with: '@example.com' } },
    { domain: { ends_with: '.example.com' } },
    { groups: { has: 'ops', exclude: 'interns' } },
    { 'claim/department': 'eng' },
    { http_method: { in: ['GET', 'HEAD'] } },
    { http_path: { starts_with: '/v1/', not: '/v1/admin' } },
    { http_path: '/..well-known/a.b/...' },
    { source_ip: ['10.0.0.0/8', '2001:db8::/32', '::ffff:10.1.2.3', '192.0.2.7'] },
    { source_ip: ['0.0.0.0/0', '::/0'] },
    { client_certificate: { san_dns: { ends_with: '.team-a.example' } } },
    { date: { after: '2027-01-01', before: '2027-02-01' } },
    { day_of_week: 'mon-fri' },
    { time_of_day: { timezone: 'UTC', after: '9:00' } },
    { accept: true },
    { reject: null },
    { authenticated_user: '' },
  ];
  for (const criterion of rows)
    test(JSON.stringify(criterion), () => {
      assert.deepEqual(warningsOf({ deny: { and: [criterion] } }), []);
    });

  test('several criteria that can hold together', () => {
    const list = [
      { http_path: { starts_with: '/a/' } },
      { http_path: { starts_with: '/a/b/' } },
      { http_path: { in: ['/a/b/c', '/x'] } },
      { groups: 'a' },
      { groups: 'b' },
      { date: { after: '2027-01-01' } },
      { date: { before: '2027-02-01' } },
    ];
    assert.deepEqual(warningsOf({ deny: { and: list } }), []);
  });
});

const value = fc.constantFrom<unknown>(
  ...[
    'a',
    'b',
    'ab',
    'a@b.c',
    'b.c',
    '@',
    '',
    'GET',
    'get',
    'G,P',
    '/',
    '/a',
    '/a/b',
    '/%41',
    '//',
    '/..',
    '*',
  ],
  ...[5, true, null],
);
const text = value.filter((each) => typeof each === 'string');
const operators = {
  is: value,
  not: value,
  contains: text,
  starts_with: text,
  ends_with: text,
  in: fc.array(value, { maxLength: 2 }),
  not_in: fc.array(value, { maxLength: 2 }),
};
const matcher = fc.oneof(value, fc.record(operators, { requiredKeys: [] }));
const listMatcher = fc.oneof(
  value,
  fc.record({ has: value, is: value, exclude: value }, { requiredKeys: [] }),
);
const criterion = fc.oneof(
  fc
    .tuple(fc.constantFrom('user', 'email', 'domain', 'http_method', 'http_path', 'ssh_username'), matcher)
    .map(([name, data]) => ({ [name]: data })),
  fc.tuple(fc.constantFrom('groups', 'claim/x'), listMatcher).map(([name, data]) => ({ [name]: data })),
  fc
    .record({ is: text, type: text, approved: value }, { requiredKeys: [] })
    .map((data) => ({ device: data })),
);
/** Callers and requests as the sidecar lets policies judge them. */
const caller = fc.record({
  userId: fc.constantFrom('a', 'b', 'ab', 'a@b.c', '*', 'GET', '/a'),
  email: fc.constantFrom('', 'a@b.c', 'b@b.c', '@'),
  directoryUser: fc.constant({}),
  groups: fc.subarray(['a', 'b', '*', '/']),
  claims: fc.subarray<string | number | boolean>(['a', 'b', '', 5, true]).map((x) => new Map([['x', x]])),
});
const request = fc.record({
  method: fc.constantFrom('GET', 'get', 'a', 'ab'),
  path: fc.constantFrom('/', '/a', '/a/b', '/A', '/ab', '/*'),
});

test('what lint calls never holding holds for no request, and what matches everything holds for each', () => {
  let [never, always] = [0, 0];
  fc.assert(
    fc.property(criterion, fc.array(fc.tuple(caller, request), { minLength: 20 }), (one, asked) => {
      const warnings = warningsOf({ deny: { or: [one] } }).join('\n');
      for (const [subject, of] of asked) {
        const [holds] = ask(one, inputOf(subject, of));
        if (/: never holds: /.test(warnings)) assert.equal(holds, false, warnings);
        // Several operators may fit everything one by one; a domain needs an @.
        if (/\]\.(?:user|email|http_\w+|ssh_username|device): matches everything/.test(warnings))
          assert.equal(holds, true, warnings);
      }
      if (/never holds/.test(warnings)) never += 1;
      if (/matches everything/.test(warnings)) always += 1;
    }),
    { numRuns: 2000 },
  );
  assert.ok(never > 200 && always > 50, `${never} ${always}`);
});

test('criteria that lint says exclude each other hold together for no request', () => {
  let said = 0;
  const several = fc.tuple(
    fc.constantFrom('user', 'http_path', 'email'),
    fc.array(matcher, { minLength: 2, maxLength: 3 }),
  );
  const lists = fc.tuple(
    fc.constantFrom('groups', 'claim/x'),
    fc.array(listMatcher, { minLength: 2, maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      fc.oneof(several, lists),
      fc.array(fc.tuple(caller, request), { minLength: 20 }),
      ([name, all], asked) => {
        const source = { deny: { and: all.map((data) => ({ [name]: data })) } };
        if (!/exclude each other/.test(warningsOf(source).join('\n'))) return;
        said += 1;
        for (const [subject, of] of asked)
          assert.equal(compilePolicy(source).evaluate(inputOf(subject, of)).deny.value, false);
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(said > 50, String(said));
});

test('a document that is no policy has errors and no warnings; one with warnings has their line and column', () => {
  assert.deepEqual(
    lintPolicy('deny:\n  or:\n    - user: 5\n').warnings.map(({ line, column }) => [line, column]),
    [[3, 13]],
  );
  const { errors, warnings } = lintPolicy('deny: {or: [{usr: 5}, {user: 5}]}');
  assert.equal(errors.length, 1);
  assert.deepEqual(warnings, []);
});

test('lint takes whatever compiles', () => {
  const names = [
    ...['user', 'email', 'domain', 'http_method', 'http_path', 'groups', 'claim/x', 'source_ip', 'mcp_tool'],
    ...['client_certificate', 'device', 'ssh_username', 'ssh_username_matches_claim', 'accept', 'date'],
  ];
  const keys = ['is', 'not', 'in', 'not_in', 'contains', 'starts_with', 'has', 'exclude', 'san_dns', 'after'];
  const data = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()));
  const criterion = fc.tuple(fc.constantFrom(...names), data).map(([name, value]) => ({ [name]: value }));
  fc.assert(
    fc.property(fc.array(criterion, { maxLength: 3 }), (list) => {
      const { errors } = lintPolicy({ deny: { and: list } });
      let compiles = true;
      try {
        compilePolicy({ deny: { and: list } });
      } catch {
        compiles = false;
      }
      assert.equal(errors.length === 0, compiles);
    }),
    { numRuns: 1000 },
  );
});

test('lint of the longest documents ends soon, whatever they compare with what', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({ user: { not: `u${index}` } }));
  const values = Array.from({ length: 7_000 }, (_, index) => `v${index}`);
  assert.deepEqual(warningsOf({ deny: { and: [{ user: { in: values } }, ...many] } }), []);
});
