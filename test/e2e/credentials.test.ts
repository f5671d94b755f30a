import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JWK } from 'jose';
import type { Envoy } from '../support/envoy.ts';
import { readCredentialKey, readToken, resignToken } from '../support/forge-token.ts';
import { programCommand, runProgram } from '../support/program.ts';
import type { CreatedCredential, Sidecar } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { askSidecarsAt, startSidecarBeside } from './sidecar-beside.ts';

const HOUR = 3600;
const now = () => Math.floor(Date.now() / 1000);

let stack: Stack;
let bounded: Sidecar;
let boundedEnvoy: Envoy;
let robot: CreatedCredential;
let key: JWK;
before(async () => {
  stack = await startStack();
  robot = await stack.createAccount('robot', 'team-a');
  key = readCredentialKey(join(stack.folder, 'store'));
  bounded = await startSidecarBeside(stack, 'bounded', { tokens: { max_lifetime: '1h' } });
  boundedEnvoy = await stack.addEnvoy('bounded', (config) => askSidecarsAt(config, bounded.grpcPort));
});
after(async () => {
  await bounded.child().stop();
  await stack.stop();
});

async function answerTo(jwt: string, envoy?: Envoy): Promise<string> {
  const { status, body } = await stack.call({ headers: [['X-Pomerium-Authorization', jwt]] }, envoy);
  return status === 200 ? '200' : `${status} ${JSON.parse(body).reason}`;
}

test('a credential for the admin API is no credential of the mesh', async () => {
  const admin = await stack.createAccount('robot-admin', 'team-a', ['--for', 'admin']);
  assert.equal(readToken(admin.jwt).claims.aud === readToken(robot.jwt).claims.aud, false);
  assert.equal(await answerTo(admin.jwt), '401 token-invalid');
  // Nor where somebody who holds the key says that it is one: it was not made for the mesh.
  const { aud } = readToken(robot.jwt).claims;
  const relabelled = await resignToken(admin, key, { claims: { aud } });
  assert.equal(await answerTo(relabelled), '401 token-revoked');
});

test('a longest life binds where a credential is made', async () => {
  const args = ['sa', 'create', '--namespace', 'team-a', '--user-id', 'robot-long', '--expires-in', '2h'];
  const refused = await bounded.cli(args);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /max_lifetime|1h|lifetime/);
});

test('a longest life binds at every check, of credentials too that were made without it', async () => {
  const short = await stack.createAccount('robot-short', 'team-a', ['--expires-in', '30m']);
  assert.equal(await answerTo(short.jwt, boundedEnvoy), '200');
  for (const claims of [
    { exp: now() + 2 * HOUR },
    { exp: undefined },
    { iat: now() - 2 * HOUR, nbf: now() - 2 * HOUR },
  ]) {
    const jwt = await resignToken(short, key, { claims });
    assert.equal(await answerTo(jwt), '200', `${JSON.stringify(claims)}, without a bound`);
    assert.equal(await answerTo(jwt, boundedEnvoy), '401 token-invalid', JSON.stringify(claims));
  }
  assert.equal(await answerTo(robot.jwt, boundedEnvoy), '401 token-invalid', 'one that never ends');
});

test('the key that signs is rotated without an outage, and the old one taken away', async () => {
  await stack.sidecar.cliJson(['key', 'rotate', 'credential']);
  const next = await stack.createAccount('robot-next', 'team-a');
  const { kid } = readToken(robot.jwt).header;
  assert.notEqual(readToken(next.jwt).header.kid, kid);
  await waitUntil('the new key to count', async () => (await answerTo(next.jwt)) === '200');
  assert.equal(await answerTo(robot.jwt), '200', 'what the old one signed is still good');
  // An id may begin with "-".
  const remove = ['key', 'remove', '--force', '--config', stack.sidecar.configFile, '--', String(kid)];
  const { code, stderr } = await runProgram([...programCommand(), ...remove]);
  assert.equal(code, 0, stderr);
  await waitUntil('the old key to be gone', async () => (await answerTo(robot.jwt)) === '401 token-invalid');
  assert.equal(await answerTo(next.jwt), '200');
});
