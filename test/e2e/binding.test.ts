import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { connectionManager, type YamlValue } from '../support/fill-envoy-config.ts';
import type { HeaderLine } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { applyResources } from './apply-resources.ts';
import { askSidecarsAt, startSidecarBeside } from './sidecar-beside.ts';

let stack: Stack;
let jwt: string;
before(async () => {
  stack = await startStack();
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
});
after(() => stack.stop());

const headers = (): HeaderLine[] => [['X-Pomerium-Authorization', jwt]];

/** Envoy whose virtual host says what its requests belong to. */
function bindVirtualHost(name: string, extensions: Record<string, string>): Promise<Envoy> {
  return stack.addEnvoy(name, (config) => {
    Object.assign(virtualHost(config), {
      typed_per_filter_config: {
        'envoy.filters.http.ext_authz': {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
          check_settings: { context_extensions: extensions },
        },
      },
    });
  });
}

function virtualHost(config: YamlValue): YamlValue {
  const host = connectionManager(config).route_config?.virtual_hosts?.[0];
  assert.ok(host);
  return host;
}

async function statuses(envoy: Envoy, ...calls: [host: string, path: string][]): Promise<number[]> {
  const found: number[] = [];
  for (const [host, path] of calls)
    found.push((await stack.call({ host, path, headers: headers() }, envoy)).status);
  return found;
}

test('context_extensions name the route, which goes before host and path; its hosts must match', async () => {
  const envoy = await bindVirtualHost('route-id', { 'sallyport.route_id': 'verify' });
  assert.deepEqual(
    await statuses(envoy, ['verify.localhost', '/closed'], ['paths.localhost', '/']),
    [200, 404],
  );
});

test("Pomerium's name for it does as well", async () => {
  const envoy = await bindVirtualHost('pomerium-route-id', { route_id: 'closed' });
  assert.deepEqual(await statuses(envoy, ['verify.localhost', '/']), [403]);
});

test('an unknown route is no route, and nothing else is tried', async () => {
  const envoy = await bindVirtualHost('unknown-route-id', {
    'sallyport.route_id': 'nothing',
    'sallyport.namespace': 'team-a',
  });
  assert.deepEqual(await statuses(envoy, ['verify.localhost', '/']), [404]);
});

test('context_extensions name the namespace: its default policies judge', async () => {
  const envoy = await bindVirtualHost('namespace', { 'sallyport.namespace': 'team-a' });
  assert.deepEqual(
    await statuses(envoy, ['any.localhost', '/'], ['verify.localhost', '/closed']),
    [200, 200],
  );
  const anonymous = await stack.call({ host: 'any.localhost' }, envoy);
  assert.equal(anonymous.status, 401);
});

test('route metadata names the namespace and the policies', async () => {
  const envoy = await stack.addEnvoy('metadata', (config) => {
    for (const route of virtualHost(config).routes ?? [])
      Object.assign(route, {
        metadata: { filter_metadata: { sallyport: { namespace: 'team-a', policies: ['somebody-else'] } } },
      });
  });
  assert.deepEqual(await statuses(envoy, ['verify.localhost', '/']), [403]);
});

test('request headers choose neither route nor namespace', async () => {
  const forged: HeaderLine[] = [
    'sallyport.route_id',
    'sallyport.namespace',
    'route_id',
    'sallyport-namespace',
  ].map((name) => [name, 'open']);
  const names = forged.filter(([name]) => !name.includes('_'));
  assert.equal((await stack.call({ headers: names })).status, 401);
});

test("Envoy's access log says who, where and why, and holds no part of a credential", async () => {
  await stack.call({ path: '/?log=1', headers: headers() });
  await stack.call({ path: '/closed', headers: headers() });
  const lines = () =>
    stack.envoy.child
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  await waitUntil('the log to be written', () => lines().some(({ path }) => path === '/closed'));
  const allowed = lines().find(({ path, status }) => path === '/' && status === 200);
  assert.equal(allowed.sallyport.namespace, 'team-a');
  assert.equal(allowed.sallyport.route, 'verify');
  assert.equal(allowed.sallyport.user, 'robot');
  const denied = lines().find(({ path }) => path === '/closed');
  assert.equal(denied.sallyport.reason, 'accept');
  assert.equal(denied.sallyport.policy, 'nobody');
  for (const part of jwt.split('.')) {
    assert.ok(!stack.envoy.child.output().includes(part));
    assert.ok(!stack.sidecar.child().output().includes(part));
  }
});

test('a host that Envoy reads and nobody else can is refused, though a namespace takes what is unmatched', async () => {
  await applyResources(
    stack.sidecar,
    {
      kind: 'Policy',
      id: 'anybody',
      namespace: 'global',
      ppl: { allow: { and: [{ accept: true }] } },
    },
    { kind: 'Namespace', id: 'anybody', parent: 'global', default_policies: ['anybody'] },
  );
  const beside = await startSidecarBeside(stack, 'unmatched', { unmatched: 'anybody' });
  try {
    const envoy = await stack.addEnvoy('ignoring-ports', (config) => {
      askSidecarsAt(config, beside.grpcPort);
      Object.assign(connectionManager(config).route_config ?? {}, { ignore_port_in_host_matching: true });
    });
    const call = (host: string) => stack.call({ host, path: '/' }, envoy);
    assert.equal((await call('verify.localhost')).status, 401);
    for (const host of ['verify.localhost:x', 'verify.localhost:123456', 'verify.localhost:-1']) {
      const { status, body } = await call(host);
      assert.equal(status, 400, host);
      assert.equal(JSON.parse(body).reason, 'host-invalid', host);
    }
  } finally {
    await beside.child().stop();
  }
});
