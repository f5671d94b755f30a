import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { readToken } from '../support/forge-token.ts';
import { E2E_HOST } from '../support/http-client.ts';
import type { CreatedCredential } from '../support/sidecar.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type SteadyLoad, startSteadyLoad } from './steady-load.ts';

// Callers go on without a pause while keys change. The load stops at its first refusal or bad assertion, and every step
// below ends with `load.proceed()`.

type KeyUse = 'credential' | 'assertion';

interface ListedKey {
  readonly use: KeyUse;
  readonly kid: string;
  readonly state: 'signs' | 'verifies';
}

let stack: Stack;
let account: CreatedCredential;
let load: SteadyLoad;
before(async () => {
  stack = await startStack();
  account = await stack.createAccount('robot', 'team-a');
  load = startSteadyLoad(stack.envoy.ports.http, account.jwt);
  await load.proceed();
});
after(async () => {
  await load.stop();
  await stack.stop();
});

const kidOf = (jwt: string) => String(readToken(jwt).header.kid);

async function listKeys(use: KeyUse): Promise<ListedKey[]> {
  const keys = await stack.sidecar.cliJson<ListedKey[]>(['key', 'list']);
  return keys.filter((key) => key.use === use);
}

/** How often the running sidecar has said that it uses other keys than before. */
function timesLoaded(use: KeyUse): number {
  return stack.sidecar
    .child()
    .output()
    .split('\n')
    .filter((line) => line.includes('"keys-loaded"') && JSON.parse(line).file.includes(use)).length;
}

/** Runs a command that changes keys, and waits for the sidecar's own word (its log) that it has taken them up. */
async function changeKeys(use: KeyUse, ...args: string[]): Promise<{ kid: string }> {
  const loaded = timesLoaded(use);
  const changed = await stack.sidecar.cliJson<{ kid: string }>(['key', ...args]);
  await waitUntil(`the sidecar to take up the ${use} keys`, () => timesLoaded(use) > loaded);
  return changed;
}

const rotateAccount = () => stack.sidecar.cliJson<CreatedCredential>(['sa', 'rotate', account.id]);

async function fetchJwks(): Promise<JSONWebKeySet> {
  const response = await fetch(`http://127.0.0.1:${stack.sidecar.httpPort}/.well-known/pomerium/jwks.json`);
  const jwks: JSONWebKeySet = JSON.parse(await response.text());
  return jwks;
}

async function assertRefused(jwt: string): Promise<void> {
  const answer = await stack.call({ headers: [['X-Pomerium-Authorization', jwt]] });
  assert.equal(answer.status, 401);
  assert.equal(JSON.parse(answer.body).reason, 'token-invalid');
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
}

/** The callers move from `old` to `fresh`, and the key of `old` is removed while credentials that it signed live: their next call is refused. */
async function moveAndRemove(old: string, fresh: string): Promise<void> {
  load.credentials.push(fresh);
  await load.proceed();
  await load.retire(old);
  const unforced = await stack.sidecar.cli(['key', 'remove', kidOf(old)]);
  assert.equal(unforced.code, 1);
  assert.match(unforced.stderr, /it signed \d+ live credentials?\..* --force/);
  await changeKeys('credential', 'remove', kidOf(old), '--force');
  await assertRefused(old);
  await load.proceed();
}

test('a new credential key: tokens of both are good, until the old key is removed', async () => {
  const { kid } = await changeKeys('credential', 'rotate', 'credential');
  await load.proceed();
  const fresh = await rotateAccount();
  assert.equal(kidOf(fresh.jwt), kid);
  await moveAndRemove(account.jwt, fresh.jwt);
  assert.deepEqual(
    (await listKeys('credential')).map((key) => [key.kid, key.state]),
    [
      [kid, 'signs'],
      [kidOf(account.jwt), 'in no file'],
    ],
  );
  await assertRefused(account.jwt);
});

test('a new credential key in two steps: it verifies first, and signs once it is promoted', async () => {
  const old = await rotateAccount();
  load.credentials.push(old.jwt);
  const next = await changeKeys('credential', 'rotate', 'credential', '--next');
  const still = await rotateAccount();
  assert.equal(kidOf(still.jwt), kidOf(old.jwt), 'not yet');
  // The sidecar knows the key already: which one signs is not its business.
  await stack.sidecar.cliJson(['key', 'promote', next.kid]);
  const fresh = await rotateAccount();
  assert.equal(kidOf(fresh.jwt), next.kid);
  for (const jwt of load.credentials.filter((jwt) => jwt !== old.jwt)) await load.retire(jwt);
  await moveAndRemove(old.jwt, fresh.jwt);
  await assertRefused(still.jwt);
});

/** An assertion as the upstream gets it now. */
async function receiveAssertion(): Promise<string> {
  const jwt = load.credentials[0] ?? '';
  const received = await stack.callUpstream({ headers: [['X-Pomerium-Authorization', jwt]] });
  assert.equal(received.assertion?.verified, true);
  return receivedHeader(received, 'x-pomerium-jwt-assertion')[0] ?? '';
}

/** Removes the key of an assertion: neither is it served nor used any more, and what it signed verifies no longer. */
async function removeKeyOf(assertion: string, successor: string): Promise<void> {
  const verify = async () =>
    jwtVerify(assertion, createLocalJWKSet(await fetchJwks()), { issuer: E2E_HOST, audience: E2E_HOST });
  await verify();
  await changeKeys('assertion', 'remove', kidOf(assertion));
  assert.deepEqual(
    (await fetchJwks()).keys.map(({ kid }) => kid),
    [successor],
  );
  await assert.rejects(verify, { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  assert.equal(kidOf(await receiveAssertion()), successor);
  await load.proceed();
}

test('a new assertion key signs at once, and the upstream finds it in the JWKS', async () => {
  const old = await receiveAssertion();
  const { kid } = await changeKeys('assertion', 'rotate', 'assertion');
  assert.notEqual(kidOf(old), kid);
  assert.equal(kidOf(await receiveAssertion()), kid, 'nothing kept from before is sent');
  await load.proceed();
  assert.equal(load.assertionKid(), kid);
  await removeKeyOf(old, kid);
});

test('a new assertion key in two steps: it is served first, and signs once it is promoted', async () => {
  const old = await receiveAssertion();
  const { kid } = await changeKeys('assertion', 'rotate', 'assertion', '--next');
  assert.deepEqual(
    (await fetchJwks()).keys.map((key) => key.kid),
    [kidOf(old), kid],
  );
  assert.equal(kidOf(await receiveAssertion()), kidOf(old), 'not yet');
  await changeKeys('assertion', 'promote', kid);
  assert.equal(kidOf(await receiveAssertion()), kid);
  await removeKeyOf(old, kid);
});

test('of all those calls none was refused, and every assertion verified', () => {
  assert.deepEqual(load.problems, []);
  assert.ok(load.answered() > 200, `${load.answered()} calls`);
});
