import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import type { HeaderLine } from '../support/http-client.ts';
import type { CreatedCredential } from '../support/sidecar.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';
import type { VerifyAnswer } from '../support/verify-upstream.ts';
import { ENVOY_MODES } from './envoy-modes.ts';

let stack: Stack;
let robot: CreatedCredential;
let alice: CreatedCredential;
const envoys = new Map<string, Envoy>();
before(async () => {
  stack = await startStack({ assertion: { claim_headers: { email: 'email', groups: 'groups' } } });
  robot = await stack.createAccount('robot', 'team-a');
  alice = await stack.createAccount('alice', 'team-a', ['--impersonate']);
  for (const [mode, edit] of Object.entries(ENVOY_MODES))
    envoys.set(mode, await stack.addEnvoy(mode.replaceAll(/\W+/g, '-'), edit));
});
after(() => stack.stop());

const FORGED = 'forged-by-the-client';
const FORGERIES: HeaderLine[] = [
  ['X-Pomerium-Jwt-Assertion', FORGED],
  ['x-pomerium-jwt-assertion', `${FORGED}-2`],
  ['X-Pomerium-Claim-Email', FORGED],
  ['X-Pomerium-Claim-Groups', FORGED],
  ['X-Pomerium-Claim-Anything', FORGED],
];
/** Envoy with its safeguards answers these with 400, and never asks. */
const UNDERSCORED: HeaderLine[] = [
  ['x_pomerium_jwt_assertion', FORGED],
  ['X_Pomerium_Claim_Email', FORGED],
  ['X-Pomerium_Claim-Groups', FORGED],
  ['x_pomerium_claim_anything', FORGED],
];

function assertNoForgery(received: VerifyAnswer): void {
  const forged = received.headers.filter(([, value]) => value.includes(FORGED));
  assert.deepEqual(forged, []);
}

for (const mode of Object.keys(ENVOY_MODES)) {
  const forgeries = mode.startsWith('no safeguards') ? [...FORGERIES, ...UNDERSCORED] : FORGERIES;

  test(`forged identity headers arrive replaced: ${mode}`, async () => {
    const headers: HeaderLine[] = [...forgeries, ['X-Pomerium-Authorization', alice.jwt], ...forgeries];
    const received = await stack.callUpstream({ headers }, envoys.get(mode));
    assertNoForgery(received);
    assert.equal(receivedHeader(received, 'x-pomerium-jwt-assertion').length, 1);
    assert.equal(received.assertion?.verified, true, JSON.stringify(received.assertion));
    assert.deepEqual(receivedHeader(received, 'x-pomerium-claim-email'), ['alice@example.com']);
  });

  test(`forged identity headers of a caller that is nobody do not arrive: ${mode}`, async () => {
    const received = await stack.callUpstream({ path: '/open', headers: forgeries }, envoys.get(mode));
    assertNoForgery(received);
    assert.equal(received.assertion, null);
  });

  test(`nor in observe: ${mode}`, async () => {
    const headers: HeaderLine[] = [...forgeries, ['X-Pomerium-Authorization', robot.jwt]];
    const received = await stack.callUpstream({ host: 'watch.localhost', headers }, envoys.get(mode));
    assertNoForgery(received);
    assert.equal(received.assertion, null);
  });
}

test('underscores in header names are refused by envoy.yaml itself', async () => {
  for (const header of UNDERSCORED)
    assert.equal((await stack.call({ path: '/open', headers: [header] })).status, 400);
});

test('the assertion says who called, as Pomerium says it', async () => {
  const received = await stack.callUpstream({ headers: [['X-Pomerium-Authorization', robot.jwt]] });
  assert.ok(received.assertion?.verified);
  const { iat, exp, jti, ...claims } = received.assertion.claims;
  assert.deepEqual(claims, {
    iss: 'verify.localhost',
    aud: claims.aud,
    sub: 'robot',
    user: 'robot',
    sid: robot.id,
    email: '',
    groups: [],
    name: '',
  });
  assert.ok([claims.aud].flat().includes('verify.localhost'));
  assert.equal(Number(exp) - Number(iat), 300);
  assert.equal(typeof jti, 'string');
});

test('the assertion of an account that impersonates is about the directory user', async () => {
  const received = await stack.callUpstream({ headers: [['X-Pomerium-Authorization', alice.jwt]] });
  assert.ok(received.assertion?.verified);
  const { sub, user, sid, email, groups, name } = received.assertion.claims;
  assert.deepEqual(
    { sub, user, sid, email, groups, name },
    {
      sub: 'alice',
      user: 'alice',
      sid: alice.id,
      email: 'alice@example.com',
      groups: ['staff'],
      name: 'Alice',
    },
  );
});

test('the public keys are served through Envoy without a credential, and hold no private part', async () => {
  const answer = await stack.call({ path: '/.well-known/pomerium/jwks.json' });
  assert.equal(answer.status, 200);
  const { keys } = JSON.parse(answer.body);
  assert.ok(Array.isArray(keys) && keys.length > 0);
  for (const key of keys) assert.equal('d' in key, false);
});
