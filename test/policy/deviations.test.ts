import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { evaluatePolicies } from '../../src/policy/evaluate-policies.ts';
import { lintPolicy } from '../../src/policy/lint/lint-policy.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';
import { Policy } from '../../src/policy/policy-schema.ts';
import { CertificateMaker } from '../support/make-certificate.ts';
import { ask, inputOf } from '../support/policy-cases.ts';

/** What Pomerium 0.32.1 says, as its generated Rego has it, beside what we say; docs/decisions/0004. */
type Row = readonly [criterion: Record<string, unknown>, ours: boolean, pomerium: boolean];

/** Lint says so at the criterion if Pomerium decides otherwise for some request. */
function warnsOfPomerium(criterion: Record<string, unknown>): boolean {
  const { warnings } = lintPolicy({ allow: { and: [criterion] } });
  return warnings.some(
    ({ path, message }) => path.startsWith('allow.and[0].') && message.includes('something else in Pomerium'),
  );
}

describe('1. http_method and http_path look at the method and the path alone', () => {
  const request = { method: 'GET', path: '/v1/orders' };
  // Pomerium's other texts of this request: its host api.example.com, its URL, the account's id, …
  const rows: Row[] = [
    [{ http_method: { not: 'GET' } }, false, true],
    [{ http_method: { not: 'POST' } }, true, true],
    [{ http_method: { contains: 'example' } }, false, true],
    [{ http_method: { ends_with: '.com' } }, false, true],
    [{ http_method: { not: 'GET', in: ['GET'] } }, false, false],
    [{ http_method: 'GET' }, true, true],
    [{ http_path: { not: '/v1/orders' } }, false, true],
    [{ http_path: { contains: 'api.example' } }, false, true],
    [{ http_path: { starts_with: 'https://' } }, false, true],
    [{ http_path: { not: '/v1/orders', starts_with: '/v1/' } }, false, false],
    [{ http_path: { starts_with: '/v1/' } }, true, true],
  ];
  for (const [criterion, ours, pomerium] of rows)
    test(`${JSON.stringify(criterion)}: ${ours}, and in Pomerium ${pomerium}`, () => {
      assert.equal(ask(criterion, inputOf({}, request))[0], ours);
      if (ours !== pomerium) assert.ok(warnsOfPomerium(criterion));
    });

  test('lint is silent about a matcher that only a method or only a path can fit', () => {
    for (const criterion of [
      { http_method: 'GET' },
      { http_method: { in: ['GET', 'HEAD'] } },
      { http_method: { in: ['GET', 'HEAD'], not: 'HEAD' } },
      { http_path: '/v1/orders' },
      { http_path: { starts_with: '/v1/' } },
      { http_path: { starts_with: '/v1/', ends_with: '.json', not: '/v1/x.json' } },
    ])
      assert.equal(warnsOfPomerium(criterion), false, JSON.stringify(criterion));
  });
});

describe('2. without a credential no criterion on email, domain, groups or claims holds, negated or not', () => {
  // Pomerium takes the email for empty and a claim for a list of nothing; groups and domain hold for no such caller there either.
  const rows: Row[] = [
    [{ email: 'alice@example.com' }, false, false],
    [{ email: { not: 'alice@example.com' } }, false, true],
    [{ email: { not_in: ['alice@example.com'] } }, false, true],
    [{ email: '' }, false, true],
    [{ email: { in: ['', 'alice@example.com'] } }, false, true],
    [{ email: { contains: '' } }, false, true],
    [{ email: { starts_with: '' } }, false, true],
    [{ email: { ends_with: '' } }, false, true],
    [{ email: {} }, false, true],
    [{ email: { not: 'alice@example.com', ends_with: '@example.com' } }, false, false],
    [{ domain: 'example.com' }, false, false],
    [{ domain: { not: 'example.com' } }, false, false],
    [{ domain: { not_in: ['example.com'] } }, false, false],
    [{ domain: { contains: '' } }, false, false],
    [{ groups: 'ops' }, false, false],
    [{ groups: { exclude: 'ops' } }, false, false],
    [{ groups: {} }, false, false],
    [{ 'claim/department': 'eng' }, false, false],
    [{ 'claim/department': { is: 'eng' } }, false, false],
    [{ 'claim/department': { exclude: 'eng' } }, false, true],
    [{ 'claim/department': { exclude: 'eng', has: 'ops' } }, false, false],
    [{ 'claim/department': {} }, false, true],
  ];
  for (const [criterion, ours, pomerium] of rows)
    test(`${JSON.stringify(criterion)}: ${ours}, and in Pomerium ${pomerium}`, () => {
      assert.deepEqual(ask(criterion, inputOf('nobody')), [ours, 'user-unauthenticated']);
      assert.equal(warnsOfPomerium(criterion), ours !== pomerium);
    });

  for (const [criterion] of rows)
    for (const action of ['allow', 'deny'])
      for (const operator of ['and', 'or', 'not', 'nor'])
        test(`${action}.${operator} of ${JSON.stringify(criterion)} comes to user-unauthenticated without a credential`, () => {
          const outcome = decide({ [action]: { [operator]: [criterion] } }, inputOf('nobody'));
          assert.deepEqual([outcome.outcome, outcome.reasons], ['unauthenticated', ['user-unauthenticated']]);
        });

  test('beside a rule that admits everyone, too, a deny that negates a claim refuses such a caller', () => {
    for (const deny of [{ or: [{ 'claim/a': { exclude: 'b' } }] }, { not: [{ 'claim/a': 'b' }] }]) {
      const { outcome } = decide([{ allow: { or: [{ accept: true }] } }, { deny }], inputOf('nobody'));
      assert.equal(outcome, 'unauthenticated');
    }
  });
});

describe('3. several operators under one san_* are about one and the same name', () => {
  const maker = new CertificateMaker();
  after(() => maker.remove());
  const names = [
    ...['DNS:a.svc.local', 'DNS:b.example.com'],
    ...['email:a@svc.local', 'email:b@example.com'],
    ...['URI:spiffe://mesh/a', 'URI:https://example.com/b'],
  ];
  const pem = maker.make({
    name: 'several',
    extensions: ['basicConstraints=CA:FALSE', `subjectAltName=${names.join(',')}`],
  });
  const clientCertificate = { presented: true, valid: true, leaf: new X509Certificate(pem) };
  const rows: [Record<string, unknown>, boolean, boolean][] = [
    [{ san_dns: { starts_with: 'a.', ends_with: '.local' } }, true, true],
    [{ san_dns: { starts_with: 'a.', ends_with: '.com' } }, false, true],
    [{ san_dns: { contains: 'svc', not: 'a.svc.local' } }, false, true],
    [{ san_dns: { is: 'a.svc.local', in: ['b.example.com'] } }, false, true],
    [{ san_dns: { starts_with: 'c.', ends_with: '.com' } }, false, false],
    [{ san_email: { starts_with: 'a@', ends_with: '@example.com' } }, false, true],
    [{ san_email: { starts_with: 'b@', ends_with: '@example.com' } }, true, true],
    [{ san_uri: { starts_with: 'spiffe://', ends_with: '/b' } }, false, true],
    [{ san_uri: { starts_with: 'spiffe://', contains: 'mesh' } }, true, true],
    // Different conditions may always be about different names.
    [{ san_dns: { starts_with: 'a.' }, san_email: { starts_with: 'b@' } }, true, true],
  ];
  for (const [data, ours, pomerium] of rows)
    test(`${JSON.stringify(data)}: ${ours}, and in Pomerium ${pomerium}`, () => {
      const criterion = { client_certificate: data };
      assert.equal(ask(criterion, inputOf('nobody', { clientCertificate }))[0], ours);
      if (ours !== pomerium) assert.ok(warnsOfPomerium(criterion));
    });

  test('lint is silent about one operator, or one for each condition', () => {
    for (const data of [{ san_dns: 'a' }, { san_dns: { starts_with: 'a' }, san_uri: { ends_with: 'b' } }])
      assert.equal(warnsOfPomerium({ client_certificate: data }), false);
  });
});

function decide(ppl: unknown, input: PolicyInput) {
  const policy = Policy.parse({ id: 'p', namespace: 'global', ppl });
  return evaluatePolicies([{ policy, compiled: compilePolicy(ppl) }], input);
}
