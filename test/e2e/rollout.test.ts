import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { connectionManager } from '../support/fill-envoy-config.ts';
import type { CallOptions, HeaderLine } from '../support/http-client.ts';
import type { Sidecar } from '../support/sidecar.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';
import type { VerifyAnswer } from '../support/verify-upstream.ts';
import { waitUntil } from '../support/wait-until.ts';
import { applyResources, routeWithPolicy } from './apply-resources.ts';
import { freshMetrics } from './fresh-metrics.ts';
import { assertNothingLeaked } from './leak-search.ts';
import { askSidecarsAt, startSidecarBeside } from './sidecar-beside.ts';

const HOST = 'rollout.named.localhost';
const EVERYBODY = { allow: { and: [{ accept: true }] } };
const NOBODY = { deny: { and: [{ accept: true }] } };
const ROBOTS = { allow: { and: [{ user: { starts_with: 'robot' } }] } };

let stack: Stack;
let observer: Sidecar;
let observingEnvoy: Envoy;
const tokens = new Map<string, string>();
before(async () => {
  stack = await startStack();
  await applyResources(
    stack.sidecar,
    ...routeWithPolicy('free', HOST, EVERYBODY),
    ...routeWithPolicy('robots-here', HOST, ROBOTS),
    ...routeWithPolicy('shadow-deny', HOST, NOBODY, { mode: 'shadow' }),
    ...routeWithPolicy('shadow-allow', HOST, EVERYBODY, { mode: 'shadow' }),
    {
      kind: 'Route',
      id: 'free-with-shadow',
      namespace: 'team-a',
      hosts: [HOST],
      path: { prefix: '/free-with-shadow' },
      policies: ['free', 'shadow-deny'],
    },
    {
      kind: 'Namespace',
      id: 'watchers',
      parent: 'global',
      hosts: ['watch.localhost', '*.watch.localhost'],
      default_policies: ['robots'],
      enforcement: 'observe',
    },
    { kind: 'Namespace', id: 'watchers-below', parent: 'watchers' },
    { kind: 'Namespace', id: 'watchers-enforcing', parent: 'watchers', enforcement: 'enforce' },
    ...routeWithPolicy('watched-deny', 'r.watch.localhost', NOBODY, { namespace: 'watchers' }),
    ...routeWithPolicy('watched-allow', 'r.watch.localhost', ROBOTS, { namespace: 'watchers' }),
    ...routeWithPolicy('watched-below', 'r.watch.localhost', NOBODY, { namespace: 'watchers-below' }),
    ...routeWithPolicy('enforced-below', 'r.watch.localhost', NOBODY, { namespace: 'watchers-enforcing' }),
  );
  for (const [user, namespace] of [
    ['robot', 'team-a'],
    ['robot-watched', 'watchers'],
  ] as const)
    tokens.set(user, (await stack.createAccount(user, namespace)).jwt);
  observer = await startSidecarBeside(stack, 'observer', { enforcement: 'observe' });
  observingEnvoy = await stack.addEnvoy('observing', (config) => askSidecarsAt(config, observer.grpcPort));
});
after(async () => {
  await observer.child().stop();
  await stack.stop();
});

const as = (user: string): HeaderLine[] => [['X-Pomerium-Authorization', tokens.get(user) ?? '']];

interface LogLine {
  readonly event: string;
  readonly path: string;
  readonly verdict: string;
  readonly enforcement: string;
  readonly reason: string;
  readonly namespace?: string;
  readonly route?: string;
  readonly policy?: string;
  readonly user_id?: string;
  readonly shadow?: { readonly outcome: string; readonly reason: string; readonly policy?: string };
}

/** The decision about a path that is asked for once. */
async function decisionAbout(path: string, { child }: Sidecar = stack.sidecar): Promise<LogLine> {
  let found: LogLine | undefined;
  await waitUntil(`the decision about ${path} to be logged`, () => {
    const lines = child().output().split('\n').slice(0, -1);
    const decisions = lines
      .map((line): LogLine => JSON.parse(line))
      .filter(({ event }) => event === 'decision');
    found = decisions.find((line) => line.path === path);
    return found !== undefined;
  });
  assert.ok(found);
  return found;
}

async function decisionsCounted(
  { httpPort }: Sidecar,
  verdict: string,
  reason: string,
  enforcement: string,
): Promise<number> {
  const metrics = await freshMetrics(httpPort);
  const labels = `{verdict="${verdict}",reason="${reason}",enforcement="${enforcement}",namespace=`;
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`sallyport_decisions_total${labels}`))
    .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}

test('an enforced deny in global beats an allow on the route, on every route below, and goes away again', async () => {
  const options: CallOptions = { host: HOST, path: '/free', headers: as('robot') };
  const enforced = (mode: string) => ({
    kind: 'Policy',
    id: 'freeze',
    namespace: 'global',
    enforced: true,
    mode,
    explanation: 'Nothing is open today.',
    ppl: { deny: { and: [{ http_method: 'GET' }] } },
  });
  const becomes = (status: number) =>
    waitUntil(`the answer ${status}`, async () => (await stack.call(options)).status === status);

  assert.equal((await stack.call(options)).status, 200);
  await applyResources(stack.sidecar, enforced('enforce'));
  await becomes(403);
  const refused = JSON.parse((await stack.call(options)).body);
  assert.equal(refused.reason, 'http-method-ok');
  assert.equal(refused.explanation, 'Nothing is open today.');
  for (const path of ['/free', '/robots-here', '/free-with-shadow'])
    assert.equal((await stack.call({ ...options, path })).status, 403, path);
  assert.equal((await stack.call({ path: '/open' })).status, 403);
  assert.equal((await stack.call({ ...options, method: 'POST' })).status, 200, 'what it does not deny');

  await applyResources(stack.sidecar, enforced('shadow'));
  await becomes(200);
  assert.equal((await stack.call({ ...options, path: '/free/shadowed' })).status, 200);
  const { verdict, shadow } = await decisionAbout('/free/shadowed');
  assert.equal(verdict, 'allow');
  assert.deepEqual(shadow, { outcome: 'deny', reason: 'http-method-ok', policy: 'freeze' });

  await stack.sidecar.cliJson(['delete', 'policy', 'freeze']);
  await waitUntil('it to be gone', async () => {
    await stack.call({ ...options, path: '/free/gone' });
    return stack.sidecar
      .child()
      .output()
      .split('\n')
      .some((line) => line.includes('/free/gone') && !line.includes('"shadow"'));
  });
});

test('an enforced allow in global lets nobody past a deny of the route, but admits where the route is silent', async () => {
  await applyResources(stack.sidecar, {
    kind: 'Policy',
    id: 'welcome',
    namespace: 'global',
    enforced: true,
    ppl: EVERYBODY,
  });
  await waitUntil('it to hold', async () => (await stack.call({ path: '/else' })).status === 200);
  assert.equal((await stack.call({ path: '/closed', headers: as('robot') })).status, 403);
  await stack.sidecar.cliJson(['delete', 'policy', 'welcome']);
  await waitUntil('it to be gone', async () => (await stack.call({ path: '/else' })).status === 401);
});

test('a shadow policy that denies changes nothing, and its decision is logged', async () => {
  const received = await stack.callUpstream({
    host: HOST,
    path: '/free-with-shadow/1',
    headers: as('robot'),
  });
  assert.equal(received.assertion?.verified, true);
  const line = await decisionAbout('/free-with-shadow/1');
  assert.equal(line.verdict, 'allow');
  assert.equal(line.policy, 'free');
  assert.deepEqual(line.shadow, { outcome: 'deny', reason: 'accept', policy: 'shadow-deny' });
});

test('a shadow policy that allows admits nobody', async () => {
  const answer = await stack.call({ host: HOST, path: '/shadow-allow/1', headers: as('robot') });
  assert.equal(answer.status, 403);
  const line = await decisionAbout('/shadow-allow/1');
  assert.equal(line.verdict, 'deny');
  assert.equal(line.reason, 'no-policy');
  assert.deepEqual(line.shadow, { outcome: 'allow', reason: 'accept', policy: 'shadow-allow' });
});

/** A call that gets through whatever would have been decided; what *verify* received holds nothing of the credential. */
async function callObserved(
  user: string | undefined,
  options: CallOptions,
  envoy?: Envoy,
): Promise<VerifyAnswer> {
  stack.upstream.takeBytes();
  const headers: HeaderLine[] = [
    ...(user === undefined ? [] : as(user)),
    ['X-Pomerium-Jwt-Assertion', 'forged'],
    ['Authorization', `Bearer Pomerium-${tokens.get('robot')}`],
  ];
  const received = await stack.callUpstream({ ...options, headers }, envoy);
  assertNothingLeaked(stack.upstream, tokens.get('robot') ?? '', 'the second credential');
  for (const name of ['x-pomerium-authorization', 'authorization', 'x-pomerium-jwt-assertion'])
    assert.deepEqual(receivedHeader(received, name), [], name);
  assert.equal(received.assertion, null);
  return received;
}

interface Observed {
  readonly what: string;
  readonly user: string | undefined;
  readonly path: string;
  readonly verdict: string;
  readonly reason: string;
}

const OBSERVED: readonly Observed[] = [
  {
    what: 'a policy that denies',
    user: 'robot-watched',
    path: '/watched-deny/1',
    verdict: 'deny',
    reason: 'accept',
  },
  {
    what: 'a policy that allows',
    user: 'robot-watched',
    path: '/watched-allow/1',
    verdict: 'allow',
    reason: 'user-ok',
  },
  {
    what: 'an account of another namespace',
    user: 'robot',
    path: '/watched-allow/2',
    verdict: 'deny',
    reason: 'namespace-unauthorized',
  },
  { what: 'no route', user: 'robot-watched', path: '/nothing', verdict: 'deny', reason: 'route-not-found' },
  {
    what: 'an ambiguous path',
    user: 'robot-watched',
    path: '/watched-allow;x',
    verdict: 'deny',
    reason: 'path-ambiguous',
  },
  {
    what: 'a namespace below',
    user: 'robot-watched',
    path: '/watched-below/1',
    verdict: 'deny',
    reason: 'accept',
  },
];

for (const { what, user, path, verdict, reason } of OBSERVED) {
  test(`an observed namespace lets through, and logs and counts what would have been: ${what}`, async () => {
    const counted = () => decisionsCounted(stack.sidecar, verdict, reason, 'observe');
    const before = await counted();
    await callObserved(user, { host: 'r.watch.localhost', path });
    assert.equal(await counted(), before + 1);
    const line = await decisionAbout(path);
    assert.equal(line.verdict, verdict);
    assert.equal(line.reason, reason);
    assert.equal(line.enforcement, 'observe');
  });
}

test('a namespace below an observed one may enforce', async () => {
  const answer = await stack.call({
    host: 'r.watch.localhost',
    path: '/enforced-below',
    headers: as('robot-watched'),
  });
  assert.equal(answer.status, 403);
});

test('an observed namespace that Envoy names lets through without a registered route', async () => {
  const envoy = await stack.addEnvoy('named-namespace', (config) =>
    Object.assign(connectionManager(config).route_config?.virtual_hosts?.[0] ?? {}, {
      typed_per_filter_config: {
        'envoy.filters.http.ext_authz': {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
          check_settings: { context_extensions: { 'sallyport.namespace': 'watchers' } },
        },
      },
    }),
  );
  await callObserved('robot', { host: 'anything.example.com', path: '/named/1' }, envoy);
  const denied = await decisionAbout('/named/1');
  assert.deepEqual(
    [denied.verdict, denied.reason, denied.enforcement, denied.namespace, denied.route],
    ['deny', 'namespace-unauthorized', 'observe', 'watchers', undefined],
  );
  await callObserved('robot-watched', { host: 'anything.example.com', path: '/named/2' }, envoy);
  const allowed = await decisionAbout('/named/2');
  assert.deepEqual([allowed.verdict, allowed.policy, allowed.user_id], ['allow', 'robots', 'robot-watched']);
});

test('what is decided in observe is in the metadata that Envoy logs', async () => {
  await callObserved('robot-watched', { host: 'r.watch.localhost', path: '/watched-deny/metadata' });
  const { child } = stack.envoy;
  const line = () =>
    child
      .output()
      .split('\n')
      .find((each) => each.includes('/watched-deny/metadata'));
  await waitUntil('the access log to be written', () => line()?.endsWith('}') ?? false);
  const { status, sallyport } = JSON.parse(line() ?? '');
  assert.equal(status, 200);
  assert.deepEqual(
    { verdict: sallyport.verdict, enforcement: sallyport.enforcement, reason: sallyport.reason },
    { verdict: 'deny', enforcement: 'observe', reason: 'accept' },
  );
});

test('observing the whole sidecar lets everything through, whatever its namespaces say', async () => {
  for (const [options, verdict, reason] of [
    [{ path: '/closed/o' }, 'deny', 'accept'],
    [{ path: '/else/o' }, 'deny', 'user-unauthorized'],
    [{ host: 'unknown.localhost', path: '/unknown/o' }, 'deny', 'route-not-found'],
    [{ host: 'r.watch.localhost', path: '/enforced-below/o' }, 'deny', 'namespace-unauthorized'],
    [{ host: HOST, path: '/robots-here/o' }, 'allow', 'user-ok'],
  ] as const) {
    const before = await decisionsCounted(observer, verdict, reason, 'observe');
    await callObserved('robot', options, observingEnvoy);
    assert.equal(await decisionsCounted(observer, verdict, reason, 'observe'), before + 1, options.path);
    const line = await decisionAbout(options.path, observer);
    assert.deepEqual(
      [line.verdict, line.reason, line.enforcement],
      [verdict, reason, 'observe'],
      options.path,
    );
  }
  await callObserved(undefined, { path: '/nobody/o' }, observingEnvoy);
  // The credential in `Authorization` counts where there is no other.
  assert.equal((await decisionAbout('/nobody/o', observer)).user_id, 'robot');
});

test('in observe a failure is still a failure', async () => {
  observer.child().kill('SIGSTOP');
  try {
    assert.equal((await stack.call({}, observingEnvoy)).status, 503);
  } finally {
    observer.child().kill('SIGCONT');
  }
});
