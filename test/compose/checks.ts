import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../support/wait-until.ts';
import { ADMIN_CHECKS } from './admin-checks.ts';
import { askAsAlice, CALLS, SIDECARS, status, statusOf, waitUntilHealthy } from './calls.ts';
import type { Check } from './check.ts';
import { MEMORY_CHECKS } from './memory-limit.ts';
import type { Stack } from './stack.ts';

/** In this order, each on what the ones before have left. */
export const CHECKS: readonly Check[] = [
  { name: 'the stack comes up', check: comeUp },
  { name: "the README's three calls are answered by the service", check: makeReadmeCalls },
  { name: 'no token, a revoked one and one of another namespace are refused', check: refuse },
  { name: 'both sidecars are asked', check: askBoth },
  { name: 'with either sidecar killed, every call is answered', check: killEach },
  ...ADMIN_CHECKS,
  { name: 'each container reaches what it needs and holds what it needs, and no more', check: beApart },
  { name: 'no container runs as root, has a capability or can write its own files', check: beHardened },
  { name: 'no secret is in a command line, in an environment or in a log', check: keepSecrets },
  { name: 'sidecars hold no key that makes credentials and can change nothing', check: holdLittle },
  ...MEMORY_CHECKS,
  { name: 'after down and up again the same token is good', check: comeUpAgain },
  { name: 'down with --volumes leaves nothing', check: leaveNothing },
];

/** What each container that stays shares with others: its networks, and the volumes that it mounts (`:ro` without writing). */
const SHARED: Readonly<Record<string, { networks: readonly string[]; volumes: readonly string[] }>> = {
  envoy: { networks: ['edge'], volumes: ['envoy:ro', 'sidecar-1:ro', 'sidecar-2:ro', 'verify:ro'] },
  'sidecar-1': { networks: ['store'], volumes: ['sidecar-1', 'sidecar:ro'] },
  'sidecar-2': { networks: ['store'], volumes: ['sidecar-2', 'sidecar:ro'] },
  admin: { networks: ['admin', 'store'], volumes: ['admin:ro', 'control:ro', 'operator:ro'] },
  redis: { networks: ['store'], volumes: ['redis-data', 'redis:ro'] },
  verify: { networks: ['edge'], volumes: ['public:ro', 'verify'] },
};
const LONG_LIVED = Object.keys(SHARED);
const PUBLISHED: Readonly<Record<string, string>> = { envoy: '8443', admin: '8444' };
/** Of the admin API's. */
const PRIVATE_FILES = [
  '/var/lib/sallyport/admin/tls/key.pem',
  '/var/lib/sallyport/operator/credential.jwks.json',
  '/var/lib/sallyport/control/redis-password',
];
const ONE_SHOT = ['prepare', 'keys', 'apply'];
let goodJwt = '';

async function comeUp(stack: Stack): Promise<void> {
  const began = Date.now();
  stack.readme('up');
  await waitUntilHealthy(stack, ['envoy', 'admin', ...SIDECARS]);
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

async function beApart(stack: Stack): Promise<void> {
  const withoutProject = (name: string) => name.replace(/^[^_]+_/, '');
  for (const [service, { networks, volumes }] of Object.entries(SHARED)) {
    const [{ HostConfig, Mounts, NetworkSettings }] = JSON.parse(stack.inspect(service));
    assert.deepEqual(Object.keys(NetworkSettings.Networks).map(withoutProject).sort(), networks, service);
    const mounts: { Type: string; Name: string; RW: boolean }[] = Mounts;
    const mounted = mounts
      .filter(({ Type }) => Type === 'volume')
      .map(({ Name, RW }) => withoutProject(Name) + (RW ? '' : ':ro'));
    assert.deepEqual(mounted.sort(), volumes, service);

    const port = PUBLISHED[service];
    const bound = port === undefined ? {} : { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: port }] };
    assert.deepEqual(HostConfig.PortBindings, bound, service);
  }
  assert.deepEqual(stack.remains('container', 'cli'), [], 'no operator command runs');
  const modes = stack.compose('exec', '-T', 'admin', 'stat', '-c', '%a', ...PRIVATE_FILES);
  assert.deepEqual(
    modes.trim().split('\n'),
    PRIVATE_FILES.map(() => '600'),
  );
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
  const owners = { admin: 'control', 'sidecar-1': 'sidecar' };
  const secrets = Object.entries(owners).map(([service, volume]) =>
    stack.compose('exec', '-T', service, 'cat', `/var/lib/sallyport/${volume}/redis-password`).trim(),
  );
  const adminJwt = readFileSync(join(stack.folder, 'alice.header'), 'utf8');
  const signatures = [goodJwt, adminJwt].map((jwt) => jwt.trim().split('.')[2] ?? '');
  for (const secret of [...secrets, ...signatures]) {
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
  await waitUntilHealthy(stack, ['envoy', 'admin', ...SIDECARS]);
  assert.equal(status(stack, goodJwt), '200');
  assert.equal(status(stack), '401');
  assert.equal(askAsAlice(stack, '/whoami').status, '200');
}

async function leaveNothing(stack: Stack): Promise<void> {
  stack.compose('down', '--volumes', '--timeout', '15');
  for (const kind of ['container', 'volume', 'network'] as const)
    assert.deepEqual(stack.remains(kind), [], kind);
}

function createAccount(stack: Stack, id: string, userId: string, namespace = 'team-a'): string {
  const account = ['--id', id, '--user-id', userId, '--namespace', namespace];
  return JSON.parse(stack.cli('sa', 'create', ...account, '-o', 'json')).jwt;
}

/** Whether Envoy's own health check has found the sidecar. */
function envoyFinds(stack: Stack, sidecar: string): boolean {
  const ask =
    "exec 3<>/dev/tcp/127.0.0.1/9901; printf 'GET /clusters HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3";
  const clusters = stack.compose('exec', '-T', 'envoy', 'bash', '-c', ask);
  const number = sidecar.replace('sidecar-', '');
  return clusters.includes(`sallyport::/run/sallyport-${number}/check.sock::health_flags::healthy`);
}
