import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SCHEME_HEADERS } from '../../demo/curl-command.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { runToEnd } from './run-to-end.ts';
import type { Stack } from './stack.ts';

interface Check {
  readonly name: string;
  readonly check: (stack: Stack) => Promise<void>;
}

/** In this order, each on what the ones before have left. */
export const CHECKS: readonly Check[] = [
  { name: 'the stack comes up', check: comeUp },
  { name: "the README's three calls are answered by the service", check: makeReadmeCalls },
  { name: 'no token, a revoked one and one of another namespace are refused', check: refuse },
  { name: 'both sidecars are asked', check: askBoth },
  { name: 'with either sidecar killed, every call is answered', check: killEach },
  { name: 'no container runs as root, has a capability or can write its own files', check: beHardened },
  { name: 'no secret is in a command line, in an environment or in a log', check: keepSecrets },
  { name: 'sidecars hold no key that makes credentials and can change nothing', check: holdLittle },
  { name: 'after down and up again the same token is good', check: comeUpAgain },
];

const LONG_LIVED = ['envoy', 'sidecar-1', 'sidecar-2', 'cli', 'redis', 'verify'];
const ONE_SHOT = ['prepare', 'keys', 'apply'];
const SIDECARS = ['sidecar-1', 'sidecar-2'];
const CALLS = 20;
let goodJwt = '';

async function comeUp(stack: Stack): Promise<void> {
  const began = Date.now();
  stack.readme('up');
  await waitUntilHealthy(stack, ['envoy', ...SIDECARS]);
  console.log(`       (in ${Math.round((Date.now() - began) / 1000)} s)`);
}

async function makeReadmeCalls(stack: Stack): Promise<void> {
  const printed = stack.readme('try');
  assert.equal(printed.match(/^HTTP\/2 200/gm)?.length, 3, printed);
  assert.equal(printed.match(/^server: envoy\r$/gm)?.length, 3, printed);
  assert.equal(printed.match(/"verified": true/g)?.length, 3, printed);
}

async function refuse(stack: Stack): Promise<void> {
  goodJwt = createAccount(stack, 'report', 'robot@team-a.report');
  assert.equal(status(stack, goodJwt), '403', 'a user whom no policy names');
  assert.equal(status(stack), '401', 'without a token');
  assert.equal(status(stack, createAccount(stack, 'stranger', 'stranger@team-b', 'team-b')), '403');

  const { id } = JSON.parse(stack.cli('sa', 'list', '-o', 'json')).find(
    (account: { user_id: string }) => account.user_id === 'robot@team-a',
  );
  const rotated = JSON.parse(stack.cli('sa', 'rotate', id, '-o', 'json'));
  goodJwt = rotated.jwt;
  const second = JSON.parse(stack.cli('sa', 'rotate', id, '-o', 'json'));
  for (const jwt of [goodJwt, second.jwt]) assert.equal(status(stack, jwt), '200');
  stack.cli('sa', 'revoke', id, '--credential', second.credential_id);
  // Each sidecar has seen the token while it was good, by one of these calls or another.
  for (let call = 0; call < CALLS; call += 1) assert.equal(status(stack, second.jwt), '401', 'revoked');
  assert.equal(status(stack, goodJwt), '200', 'the credential beside it');
}

async function askBoth(stack: Stack): Promise<void> {
  for (let call = 0; call < CALLS; call += 1) assert.equal(status(stack, goodJwt), '200');
  for (const sidecar of SIDECARS)
    assert.match(stack.compose('logs', sidecar), /"event":"decision","verdict":"allow"/, sidecar);
}

async function killEach(stack: Stack): Promise<void> {
  for (const sidecar of SIDECARS) {
    stack.compose('kill', sidecar);
    for (let call = 0; call < CALLS; call += 1) {
      assert.equal(status(stack, goodJwt), '200', `call ${call} without ${sidecar}`);
      assert.equal(statusOf(stack, '/.well-known/pomerium/jwks.json'), '200', `keys without ${sidecar}`);
    }
    stack.compose('start', sidecar);
    await waitUntilHealthy(stack, [sidecar]);
    await waitUntil(`Envoy to ask ${sidecar} again`, () => envoyFinds(stack, sidecar), { timeout: 60_000 });
  }
}

async function beHardened(stack: Stack): Promise<void> {
  for (const service of [...LONG_LIVED, ...ONE_SHOT]) {
    const [{ Config, HostConfig }] = JSON.parse(stack.inspect(service));
    assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/, service);
    assert.equal(HostConfig.ReadonlyRootfs, true, service);
    assert.deepEqual(HostConfig.CapDrop, ['ALL'], service);
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], service);
  }
}

async function keepSecrets(stack: Stack): Promise<void> {
  const secrets = ['operator', 'sidecar'].map((owner) =>
    stack.compose('exec', '-T', 'cli', 'cat', `/var/lib/sallyport/${owner}/redis-password`).trim(),
  );
  const signature = goodJwt.split('.')[2] ?? '';
  for (const secret of [...secrets, signature]) {
    assert.ok(secret.length >= 40);
    for (const service of [...LONG_LIVED, ...ONE_SHOT])
      assert.ok(!stack.inspect(service).includes(secret), `docker inspect of ${service}`);
    assert.ok(!stack.compose('logs').includes(secret), 'the logs');
  }
}

async function holdLittle(stack: Stack): Promise<void> {
  for (const sidecar of SIDECARS) {
    const files = stack.compose('exec', '-T', sidecar, 'find', '/var/lib/sallyport', '-type', 'f');
    assert.match(files, /public\.jwks\.json/);
    assert.doesNotMatch(files, /credential/);
    const inSidecar = (...args: string[]) => stack.compose('exec', '-T', sidecar, 'sallyport', ...args);
    assert.throws(() => inSidecar('sa', 'create', '--user-id', 'x', '--namespace', 'team-a'));
    assert.throws(() => inSidecar('sa', 'disable', 'report'));
  }
  assert.match(stack.cli('sa', 'show', 'report', '-o', 'json'), /"status": "active"/);
}

async function comeUpAgain(stack: Stack): Promise<void> {
  stack.compose('down', '--timeout', '15');
  stack.compose('up', '--detach');
  await waitUntilHealthy(stack, ['envoy', ...SIDECARS]);
  assert.equal(status(stack, goodJwt), '200');
  assert.equal(status(stack), '401');
}

function createAccount(stack: Stack, id: string, userId: string, namespace = 'team-a'): string {
  const account = ['--id', id, '--user-id', userId, '--namespace', namespace];
  return JSON.parse(stack.cli('sa', 'create', ...account, '-o', 'json')).jwt;
}

/** What a caller with this JWT is answered. */
function status(stack: Stack, jwt?: string): string {
  const header = SCHEME_HEADERS[0];
  return statusOf(stack, '/', ...(jwt !== undefined && header ? ['-H', header(jwt)] : []));
}

function statusOf(stack: Stack, path: string, ...args: string[]): string {
  const quiet = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '20'];
  const certificate = ['--cacert', join(stack.folder, 'cert.pem')];
  return runToEnd(['curl', ...quiet, ...certificate, ...args, `https://verify.localhost:8443${path}`]);
}

async function waitUntilHealthy(stack: Stack, services: readonly string[]): Promise<void> {
  for (const service of services)
    await waitUntil(
      `${service} to be healthy`,
      () => JSON.parse(stack.inspect(service))[0].State.Health?.Status === 'healthy',
      { timeout: 120_000, interval: 500 },
    );
}

/** Whether Envoy's own health check has found the sidecar. */
function envoyFinds(stack: Stack, sidecar: string): boolean {
  const ask =
    "exec 3<>/dev/tcp/127.0.0.1/9901; printf 'GET /clusters HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3";
  const clusters = stack.compose('exec', '-T', 'envoy', 'bash', '-c', ask);
  const number = sidecar.replace('sidecar-', '');
  return clusters.includes(`sallyport::/run/sallyport-${number}/check.sock::health_flags::healthy`);
}
