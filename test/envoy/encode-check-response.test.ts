import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createGroupFilter } from '../../src/accounts/group-filter.ts';
import type { Decision, Refusal } from '../../src/check/decision.ts';
import { createResponseEncoder, type ResponseSettings } from '../../src/envoy/encode-check-response.ts';
import type { OmittedClaim } from '../../src/envoy/encode-ok.ts';
import { IDENTITY } from '../support/identity-settings.ts';
import { type Answer, checkRequestOf, readAnswer } from '../support/messages.ts';
import { tokenOf } from '../support/records.ts';
import { makeAllow, makeBinding, makeCaller, makeDeny, makePolicy } from './decisions.ts';

const CLAIMS = [
  { header: 'x-pomerium-claim-email', claim: 'email' },
  { header: 'x-pomerium-claim-groups', claim: 'groups' },
  { header: 'x-pomerium-claim-team', claim: 'team' },
];

function answerTo(
  decision: Decision,
  headers: Record<string, string> = {},
  settings: Partial<ResponseSettings> = {},
): Answer {
  const encode = createResponseEncoder({
    realm: 'mesh',
    ...IDENTITY,
    onClaimOmitted: () => {},
    answersKept: 10,
    ...settings,
  });
  return readAnswer(encode(decision, checkRequestOf(headers)));
}

const json = (answer: Answer): Record<string, string> => JSON.parse(answer.body) as Record<string, string>;

test('an allow carries the assertion, and never removes what it sets', () => {
  const { code, headers, removed, metadata, httpStatus } = answerTo(makeAllow());
  assert.deepEqual(
    { code, httpStatus, headers },
    { code: 0, httpStatus: 0, headers: { 'x-pomerium-jwt-assertion': 'h.p.s' } },
  );
  assert.deepEqual([...removed].sort(), ['x-pomerium-authorization', 'x-pomerium-jwt-assertion-for']);
  assert.deepEqual(metadata, {
    account: 'sa-1',
    credential: 'sa-1-c',
    kid: 'k-1',
    user: 'u-1',
    namespace: 'team-a',
    route: 'r-1',
    policy: 'p-1',
    reason: 'user-ok',
    verdict: 'allow',
    enforcement: 'enforce',
    revision: 7,
  });
});

test('without an assertion, one that the client sent is removed', () => {
  const { headers, removed } = answerTo(makeAllow({ assertion: undefined }));
  assert.deepEqual(headers, {});
  assert.ok(removed.includes('x-pomerium-jwt-assertion'));
});

test('a caller that did not count is not named', () => {
  const decision = makeAllow({ authenticated: false, assertion: undefined, reasons: ['accept'] });
  const { headers, metadata } = answerTo(decision, {}, { claimHeaders: CLAIMS });
  assert.deepEqual(headers, {});
  assert.deepEqual([metadata.account, metadata.user], [undefined, undefined]);
});

test('configured claims are set, and removed where the caller has none', () => {
  const caller = makeCaller('sa-1', { email: 'a@example.com', groups: ['g-1', 'g-2'] });
  const { headers, removed } = answerTo(makeAllow({ caller }), {}, { claimHeaders: CLAIMS });
  assert.deepEqual(headers, {
    'x-pomerium-jwt-assertion': 'h.p.s',
    'x-pomerium-claim-email': 'a@example.com',
    'x-pomerium-claim-groups': 'g-1,g-2',
  });
  assert.ok(removed.includes('x-pomerium-claim-team'));
  assert.ok(!removed.includes('x-pomerium-claim-email'));
});

test('a value with a comma or a control character is left out, and counted', () => {
  const omitted: string[] = [];
  const caller = makeCaller('sa-1', { claims: { team: ['red', 'a,b', 'c\r\nx-admin: yes', 'd\0', 'blue'] } });
  const settings = {
    claimHeaders: CLAIMS,
    onClaimOmitted: ({ header, why, accountId }: OmittedClaim) =>
      omitted.push(`${header} ${why} ${accountId}`),
  };
  const { headers } = answerTo(makeAllow({ caller }), {}, settings);
  assert.equal(headers['x-pomerium-claim-team'], 'red,blue');
  assert.deepEqual(omitted, Array(3).fill('x-pomerium-claim-team value sa-1'));
});

/** The headers that an upstream would get, as HTTP/1.1 has them. */
function sizeOf(headers: Readonly<Record<string, string>>): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);
}

const CLAIMS_BY_SIZE = [
  { header: 'x-pomerium-claim-groups', claim: 'groups' },
  { header: 'x-pomerium-claim-email', claim: 'email' },
  { header: 'x-pomerium-claim-team', claim: 'team' },
];
const SIZES: readonly (readonly [what: string, groups: number, teams: number, sent: readonly string[]])[] = [
  ['nothing, where all fits', 5, 5, ['email', 'groups', 'team']],
  ['groups first', 1200, 5, ['email', 'team']],
  ['then the last header', 1200, 900, ['email']],
  ['groups first, although the last header is the large one', 5, 900, ['email']],
];
for (const [what, groups, teams, sent] of SIZES)
  for (const assertion of [undefined, { jwt: 'h.p.s', groupsLeftOut: 0 }])
    test(`assertion.max_bytes leaves out ${what}${assertion ? '' : ', without an assertion too'}`, () => {
      const omitted: OmittedClaim[] = [];
      const caller = makeCaller('sa-1', {
        groups: Array.from({ length: groups }, (_, at) => `group-${at}`),
        claims: { team: Array.from({ length: teams }, (_, at) => `the-team-with-number-${at}`) },
      });
      const settings = {
        claimHeaders: CLAIMS_BY_SIZE,
        onClaimOmitted: (one: OmittedClaim) => omitted.push(one),
      };
      const { headers, removed } = answerTo(makeAllow({ caller, assertion }), {}, settings);
      const names = ['email', 'groups', 'team'].map((name) => `x-pomerium-claim-${name}`);
      const expected = sent.map((name) => `x-pomerium-claim-${name}`);
      assert.deepEqual(
        names.filter((name) => name in headers),
        expected,
      );
      const left = names.filter((name) => !expected.includes(name));
      assert.deepEqual(
        omitted.map(({ header, why }) => `${header} ${why}`).sort(),
        left.map((name) => `${name} size`),
      );
      // A header of that name from the client does not take its place.
      for (const name of left) assert.ok(removed.includes(name));
      assert.ok(sizeOf(headers) <= IDENTITY.maxHeaderBytes);
    });

test('an assertion without groups has no claim header with groups beside it, whatever the room', () => {
  const caller = makeCaller('sa-1', { groups: ['a'] });
  const assertion = { jwt: 'h.p.s', groupsLeftOut: 1 };
  const { headers } = answerTo(makeAllow({ caller, assertion }), {}, { claimHeaders: CLAIMS_BY_SIZE });
  assert.equal(headers['x-pomerium-claim-groups'], undefined);
  assert.equal(headers['x-pomerium-claim-email'], 'one@example.com');
});

test('assertion.groups filters the claim header too', () => {
  const caller = makeCaller('sa-1', { groups: ['a', 'b'] });
  const settings = { claimHeaders: CLAIMS_BY_SIZE, filterGroups: createGroupFilter(['b']) };
  assert.equal(answerTo(makeAllow({ caller }), {}, settings).headers['x-pomerium-claim-groups'], 'b');
});

const AUTHORIZATION: readonly (readonly [string, boolean])[] = [
  ['Pomerium a.b.c', true],
  ['bearer pomerium-a.b.c', true],
  ['Basic dXNlcg==', false],
];
for (const [authorization, isOurs] of AUTHORIZATION)
  test(`Authorization: ${authorization.split(' ')[0]} is ${isOurs ? 'removed' : 'left alone'}, enforced, observed or forged beside`, () => {
    for (const decision of [
      makeAllow(),
      makeAllow({ enforcement: 'observe' }),
      makeDeny({ enforcement: 'observe' }),
    ])
      for (const more of [{}, { x_pomerium_claim_a: '1' }])
        assert.equal(
          answerTo(decision, { authorization, ...more }).removed.includes('authorization'),
          isOurs,
        );
  });

test('forged headers are removed from this request and no other', () => {
  const encode = createResponseEncoder({
    realm: '',
    ...IDENTITY,
    onClaimOmitted: () => {},
    answersKept: 10,
  });
  const removedFor = (headers: Record<string, string>) =>
    readAnswer(encode(makeAllow(), checkRequestOf(headers))).removed;
  const usual = removedFor({});
  const forged = {
    'x-pomerium-claim-admin': 'yes',
    x_pomerium_jwt_assertion: 'a.b.c',
    [`x-pomerium-claim-${'a'.repeat(300)}`]: '',
  };
  assert.deepEqual([...removedFor(forged)].sort(), [...usual, ...Object.keys(forged)].sort());
  assert.deepEqual(removedFor({}), usual);
});

test('answers that are kept never mix up callers, routes, reasons or assertions', () => {
  const encode = createResponseEncoder({
    realm: '',
    ...IDENTITY,
    claimHeaders: CLAIMS,
    onClaimOmitted: () => {},
    answersKept: 3,
  });
  const callers = [makeCaller('sa-1'), makeCaller('sa-2', { email: 'b@example.com' }), undefined];
  const decision = fc
    .record({
      caller: fc.constantFrom(...callers),
      authenticated: fc.boolean(),
      route: fc.constantFrom('r-1', 'r-2', 'r-3'),
      reason: fc.constantFrom('user-ok' as const, 'accept' as const),
      assertion: fc.constantFrom(
        undefined,
        { jwt: 'a.a.a', groupsLeftOut: 0 },
        { jwt: 'b.b.b', groupsLeftOut: 2 },
      ),
      enforcement: fc.constantFrom('enforce' as const, 'observe' as const),
      revision: fc.constantFrom(7, 8, 2 ** 50),
      tokenWithoutCaller: fc.constantFrom(undefined, tokenOf(), tokenOf({ credential: 'other' })),
    })
    .map(({ route, reason, ...rest }) =>
      makeAllow({ binding: makeBinding(route), reasons: [reason], ...rest }),
    );
  fc.assert(
    fc.property(fc.array(decision, { minLength: 1, maxLength: 20 }), (decisions) => {
      for (const one of decisions)
        assert.deepEqual(
          readAnswer(encode(one, checkRequestOf())),
          answerTo(one, {}, { claimHeaders: CLAIMS }),
        );
    }),
  );
});

test('an answer that was given stays as it was when the revision moves on', () => {
  const encode = createResponseEncoder({
    realm: '',
    ...IDENTITY,
    onClaimOmitted: () => {},
    answersKept: 3,
  });
  const given = [7, 8, 9, 8].map((revision) => ({
    revision,
    bytes: encode(makeAllow({ revision }), checkRequestOf()),
  }));
  for (const { revision, bytes } of given) assert.equal(readAnswer(bytes).metadata.revision, revision);
});

test('a denial names the account, credential and key of a token with a good signature', () => {
  const tokenWithoutCaller = tokenOf({ credential: 'c-1', account: 'ci', user: 'ci@a', kid: 'k-2' });
  const { account, credential, kid, user, revision } = answerTo(makeDeny({ tokenWithoutCaller })).metadata;
  assert.deepEqual(
    { account, credential, kid, user, revision },
    { account: 'ci', credential: 'c-1', kid: 'k-2', user: 'ci@a', revision: 7 },
  );
});

test('a denial tells the caller nothing of what an operator is told', () => {
  const answer = answerTo(
    makeDeny({ reasons: ['token-invalid'], detail: 'its key is not known here', hint: 'SECRET' }),
  );
  assert.doesNotMatch(JSON.stringify(answer), /SECRET/);
  assert.match(answer.body, /its key is not known here/);
});

test('observe lets a denial through, without an assertion, and says what it would have been', () => {
  const denied = answerTo(makeDeny({ enforcement: 'observe' }), { 'x-pomerium-jwt-assertion': 'forged' });
  assert.equal(denied.code, 0);
  assert.deepEqual(denied.headers, {});
  assert.ok(denied.removed.includes('x-pomerium-jwt-assertion'));
  assert.equal(denied.metadata.verdict, 'deny');
  assert.equal(denied.metadata.reason, 'user-unauthenticated');
  assert.equal(denied.metadata.enforcement, 'observe');
  assert.deepEqual(answerTo(makeAllow({ enforcement: 'observe' }), {}, { claimHeaders: CLAIMS }).headers, {});
});

const REFUSALS: readonly (readonly [Refusal, Decision['reasons'][number], number, number, string])[] = [
  ['not-found', 'route-not-found', 404, 7, 'not_found'],
  ['path-ambiguous', 'path-ambiguous', 400, 7, 'invalid_request'],
  ['client-certificate', 'client-certificate-required', 495, 7, 'invalid_client_certificate'],
  ['unauthenticated', 'user-unauthenticated', 401, 16, 'unauthenticated'],
  ['unauthenticated', 'token-invalid', 401, 16, 'invalid_token'],
  ['unauthenticated', 'token-expired', 401, 16, 'invalid_token'],
  ['unauthenticated', 'account-disabled', 401, 16, 'invalid_token'],
  ['forbidden', 'namespace-unauthorized', 403, 7, 'insufficient_scope'],
  ['forbidden', 'user-unauthorized', 403, 7, 'insufficient_scope'],
];
for (const [refusal, reason, status, code, error] of REFUSALS)
  test(`${reason} is ${status}, ${error}`, () => {
    const answer = answerTo(makeDeny({ refusal, reasons: [reason] }), { 'x-request-id': 'r-9' });
    assert.deepEqual([answer.httpStatus, answer.code, answer.message], [status, code, reason]);
    assert.deepEqual(json(answer), { error, reason, request_id: 'r-9' });
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal('www-authenticate' in answer.headers, status === 401);
    assert.equal(answer.metadata.reason, reason);
    assert.equal(answer.metadata.verdict, 'deny');
  });

test('the challenge has no error where no credential was sent', () =>
  assert.equal(answerTo(makeDeny()).headers['www-authenticate'], 'Bearer realm="mesh"'));

test('the challenge says what is wrong with a credential', () => {
  const decision = makeDeny({ reasons: ['token-expired'], detail: 'the token expired' });
  assert.equal(
    answerTo(decision).headers['www-authenticate'],
    'Bearer realm="mesh", error="invalid_token", error_description="the token expired"',
  );
  assert.equal(json(answerTo(decision)).error_description, 'the token expired');
});

test('nothing breaks out of a header', () =>
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ unit: 'binary' }),
      (detail, realm) => {
        const { headers } = answerTo(makeDeny({ reasons: ['token-invalid'], detail }), {}, { realm });
        assert.match(
          headers['www-authenticate'] ?? '',
          /^Bearer realm="[ !#-[\]-~]*", error="invalid_token"(, error_description="[ !#-[\]-~]*")?$/,
        );
      },
    ),
  ));

const ACCEPT: readonly (readonly [string | undefined, string])[] = [
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['text/html', 'text/html; charset=utf-8'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
  ['text/plain', 'text/plain; charset=utf-8'],
  ['text/*', 'text/html; charset=utf-8'],
  ['text/html;q=0.1, application/json;q=0.2', 'application/json'],
  ['application/json;q=0, text/plain;q=0.1', 'text/plain; charset=utf-8'],
  ['TEXT/HTML;Q=1', 'text/html; charset=utf-8'],
  ['image/png', 'application/json'],
  ['garbage;;;q=,,', 'application/json'],
  [`text/html,${'a/b,'.repeat(10_000)}`, 'application/json'],
];
for (const [accept, type] of ACCEPT)
  test(`Accept: ${accept?.slice(0, 70) ?? '(none)'} gets ${type}`, () =>
    assert.equal(answerTo(makeDeny(), accept === undefined ? {} : { accept }).headers['content-type'], type));

const HOSTILE = `<script>alert("1")</script>'&\nnext`;
const explained = makeDeny({
  refusal: 'forbidden',
  reasons: ['user-unauthorized'],
  policy: makePolicy({ explanation: HOSTILE, remediation: 'Ask "them"' }),
});

test("a denial gives the policy's explanation and remediation", () => {
  const { explanation, remediation } = json(answerTo(explained));
  assert.deepEqual([explanation, remediation], [HOSTILE, 'Ask "them"']);
  assert.match(
    answerTo(explained, { accept: 'text/plain' }).body,
    /Forbidden: user-unauthorized\n(.|\n)*Ask "them"/,
  );
});

test('a page is escaped and its policy runs nothing', () => {
  const { body, headers } = answerTo(explained, { accept: 'text/html', 'x-request-id': '<b>' });
  assert.ok(!/<script|<b>|alert\("/.test(body), body);
  assert.match(body, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39;&amp;/);
  assert.match(headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/);
});

for (const type of ['application/grpc', 'application/grpc+proto', 'Application/gRPC-Web'])
  test(`a caller with ${type} gets one line of text`, () => {
    const { body, headers } = answerTo(explained, { 'content-type': type, accept: 'text/html' });
    assert.match(body, /^user-unauthorized: [ -~]+$/);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  });

test('a claim header whose name another could be read as is refused at the start', () => {
  for (const header of ['X-Upper', 'x_under', 'host:', 'a b', ''])
    assert.throws(
      () => answerTo(makeAllow(), {}, { claimHeaders: [{ header, claim: 'email' }] }),
      /claim header/,
    );
});
