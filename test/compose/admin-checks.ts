import assert from 'node:assert/strict';
import { waitUntil } from '../support/wait-until.ts';
import { askAdmin, askAsAlice, CALLS, SIDECARS, status, waitUntilHealthy } from './calls.ts';
import type { Check } from './check.ts';
import { runToEnd } from './run-to-end.ts';
import type { Stack } from './stack.ts';

/** Of the admin API, in this order, on a stack that is up, with a `cert.pem` beside it. */
export const ADMIN_CHECKS: readonly Check[] = [
  { name: "the README's admin lets a worker in over HTTP, and revokes it", check: makeReadmeWorker },
  { name: 'what is revoked over HTTP is refused by both sidecars', check: refuseRevoked },
  {
    name: 'the admin API shows nothing but its health to a caller without an admin credential',
    check: showNothing,
  },
  { name: "the admin's Redis user may do all that the API reads and explains", check: readEverything },
  { name: 'a key that is rotated signs over HTTP, and what the old one signed stays good', check: rotateKey },
  {
    name: 'while Redis is away the admin API says so and no more, and is ready by itself after that',
    check: outliveRedis,
  },
  { name: 'the mesh goes on without the admin API, which ends in time', check: stopAdmin },
];

async function makeReadmeWorker(stack: Stack): Promise<void> {
  const printed = stack.readme('admin');
  assert.match(printed, /"action":"create","kind":"Policy","id":"worker-may-call"/);
  assert.deepEqual(printed.match(/^HTTP\/2 \d+/gm), ['HTTP/2 200', 'HTTP/2 401'], printed);
  assert.match(printed, /"revoked":\["[^"]+"\]/);
}

async function refuseRevoked(stack: Stack): Promise<void> {
  const jwt = rotateWorker(stack);
  const by = (verdict: string, sidecar: string) =>
    stack
      .compose('logs', sidecar)
      .split('\n')
      .filter((line) => line.includes('"account_id":"worker"') && line.includes(`"verdict":"${verdict}"`))
      .length;
  const refusedBefore = SIDECARS.map((sidecar) => by('deny', sidecar));
  for (let call = 0; call < CALLS; call += 1) assert.equal(status(stack, jwt), '200');
  for (const sidecar of SIDECARS) assert.ok(by('allow', sidecar) > 0, `${sidecar} saw it while it was good`);

  assert.equal(askAsAlice(stack, '/service-accounts/worker/revoke', '-X', 'POST').status, '200');
  await waitUntil('it to be refused', () => status(stack, jwt) === '401');
  for (let call = 0; call < CALLS; call += 1) assert.equal(status(stack, jwt), '401');
  for (const [index, sidecar] of SIDECARS.entries())
    assert.ok(by('deny', sidecar) > (refusedBefore[index] ?? 0), `${sidecar} refused it`);
}

async function showNothing(stack: Stack): Promise<void> {
  assert.deepEqual(askAdmin(stack, '/livez'), { status: '200', body: 'ok\n' });
  assert.deepEqual(askAdmin(stack, '/readyz'), { status: '200', body: 'ok\n' });
  for (const path of ['/', '/.well-known/pomerium/jwks.json'])
    assert.equal(askAdmin(stack, path).status, '404', path);
  const metrics = askAdmin(stack, '/metrics');
  assert.equal(metrics.status, '200');
  assert.match(metrics.body, /^sallyport_store_up 1$/m);
  assert.doesNotMatch(metrics.body, /team-a|worker|alice/, 'counts alone');

  const meshHeader = `Authorization: Bearer ${rotateWorker(stack)}`;
  const paths = readablePaths(stack);
  assert.ok(paths.length > 10);
  for (const path of paths) {
    const { status, body } = askAdmin(stack, `/api/v1${path}`);
    assert.equal(status, '401', path);
    assert.equal(JSON.parse(body).code, 'unauthenticated');
  }
  assert.equal(
    askAdmin(stack, '/api/v1/whoami', '-H', meshHeader).status,
    '401',
    'a credential for the mesh',
  );
  assert.throws(
    () => runToEnd(['curl', '-sS', '--max-time', '20', 'http://localhost:8444/livez']),
    'plaintext',
  );
}

async function readEverything(stack: Stack): Promise<void> {
  for (const path of readablePaths(stack)) {
    const { status, body } = askAsAlice(stack, path);
    assert.equal(status, '200', `${path}: ${body}`);
  }
  const question = JSON.stringify({ url: 'https://verify.localhost/', account: 'worker' });
  const { body } = askAsAlice(stack, '/decisions:explain', '--json', question);
  assert.equal(JSON.parse(body).decision.verdict, 'allow', body);
}

async function rotateKey(stack: Stack): Promise<void> {
  const before = rotateWorker(stack);
  const publish = ['--public', '/var/lib/sallyport/sidecar/public.jwks.json', '-o', 'json'];
  const { kid } = JSON.parse(stack.cli('key', 'rotate', 'credential', '--next', ...publish));
  assert.notEqual(kidOf(before), kid);
  stack.cli('key', 'promote', kid);
  const after = rotateWorker(stack);
  assert.equal(kidOf(after), kid);
  await waitUntil('both keys to be known', () => status(stack, after) === '200');
  for (let call = 0; call < CALLS; call += 1)
    for (const jwt of [before, after]) assert.equal(status(stack, jwt), '200');
  assert.equal(askAsAlice(stack, '/whoami').status, '200');
}

async function outliveRedis(stack: Stack): Promise<void> {
  const jwt = rotateWorker(stack);
  for (let call = 0; call < CALLS; call += 1) assert.equal(status(stack, jwt), '200');
  stack.compose('kill', 'redis');
  // As where a machine starts again, and not in the order of docker-compose.yml.
  stack.compose('restart', 'admin');
  await waitUntil('/readyz to say no', () => readiness(stack) === '503', { timeout: 60_000, interval: 200 });
  const answers = [askAdmin(stack, '/readyz'), askAsAlice(stack, '/whoami')];
  for (const { status, body } of answers) {
    assert.equal(status, '503', body);
    assert.match(JSON.parse(body).detail, /store/);
  }
  assert.equal(status(stack, jwt), '200', 'what the sidecars know');
  stack.compose('start', 'redis');
  await waitUntilHealthy(stack, ['redis']);
  await waitUntilHealthy(stack, ['admin']);
  assert.equal(askAsAlice(stack, '/whoami').status, '200');
}

async function stopAdmin(stack: Stack): Promise<void> {
  const jwt = rotateWorker(stack);
  stack.compose('stop', 'admin');
  const [{ State }] = JSON.parse(stack.inspect('admin'));
  assert.equal(State.ExitCode, 0, 'it ended by itself');
  for (let call = 0; call < CALLS; call += 1) assert.equal(status(stack, jwt), '200');
  stack.compose('start', 'admin');
  await waitUntilHealthy(stack, ['admin']);
  assert.equal(askAsAlice(stack, '/whoami').status, '200');
}

/** The status of `/readyz`; undefined while nobody listens. */
function readiness(stack: Stack): string | undefined {
  try {
    return askAdmin(stack, '/readyz').status;
  } catch {
    return undefined;
  }
}

/** A further credential of the README's worker. */
function rotateWorker(stack: Stack): string {
  const { status, body } = askAsAlice(stack, '/service-accounts/worker/credentials', '--json', '{}');
  assert.equal(status, '201', body);
  return JSON.parse(body).jwt;
}

/** Whatever a GET reads that needs no id, as the API itself describes it. */
function readablePaths(stack: Stack): string[] {
  const { status, body } = askAdmin(stack, '/api/v1/openapi.json');
  assert.equal(status, '200');
  const paths: Record<string, object> = JSON.parse(body).paths;
  return Object.entries(paths)
    .filter(([path, operations]) => 'get' in operations && !path.includes('{'))
    .map(([path]) => path.replace(/^\/api\/v1/, ''))
    .map((path) => (path === '/resources' ? `${path}?namespace=team-a` : path));
}

function kidOf(jwt: string): string {
  return JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid;
}
