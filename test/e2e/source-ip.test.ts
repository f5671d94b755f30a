import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { connectionManager, type YamlValue } from '../support/fill-envoy-config.ts';
import { type CallOptions, call, type HeaderLine } from '../support/http-client.ts';
import type { Sidecar } from '../support/sidecar.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';
import { applyResources, routeWithPolicy } from './apply-resources.ts';
import { removeSafeguards } from './envoy-modes.ts';
import { askSidecarsAt, listenerNamed, sendServiceTo, startSidecarBeside } from './sidecar-beside.ts';

const HOST = 'addresses.named.localhost';
const CLIENT = '127.0.0.2';
const OTHER = '127.0.0.3';
/** Whose address nobody here has, but many say they have. */
const FORGED = '203.0.113.9';

let stack: Stack;
let external: Sidecar;
before(async () => {
  stack = await startStack();
  const allow = (data: unknown) => ({ allow: { and: [{ source_ip: data }] } });
  await applyResources(
    stack.sidecar,
    ...routeWithPolicy('one', HOST, allow(CLIENT)),
    ...routeWithPolicy('network', HOST, allow(['10.0.0.0/8', '127.0.0.2/31'])),
    ...routeWithPolicy('ipv6', HOST, allow('::1')),
    ...routeWithPolicy('ipv6-network', HOST, allow(['fd00::/8', '::/64'])),
    ...routeWithPolicy('forged', HOST, allow(FORGED)),
    ...routeWithPolicy('not-forged', HOST, [
      { allow: { and: [{ accept: true }] } },
      { deny: { and: [{ source_ip: [OTHER, '::1'] }] } },
    ]),
    ...routeWithPolicy('anybody', HOST, { allow: { and: [{ accept: true }] } }),
  );
  external = await startSidecarBeside(stack, 'external', { source_ip: 'x-envoy-external-address' });
});
after(async () => {
  await external.child().stop();
  await stack.stop();
});

const FORGERIES: HeaderLine[] = [
  ['X-Forwarded-For', FORGED],
  ['X-Envoy-External-Address', FORGED],
  ['X-Real-Ip', FORGED],
  ['Forwarded', `for=${FORGED}`],
  ['True-Client-Ip', FORGED],
];

/** What a client says only of the address that Envoy is expected to set. */
const CLAIMED_ADDRESS: HeaderLine[] = [
  ['X-Envoy-External-Address', FORGED],
  ['X-Envoy-Internal', 'false'],
];

type Expectation = readonly [path: string, from: string, status: number];

async function assertStatuses(
  envoy: Envoy,
  rows: readonly Expectation[],
  options: CallOptions = {},
): Promise<void> {
  for (const [path, from, status] of rows) {
    const answer = await call(envoy.ports.http, { host: HOST, path, from, ...options });
    assert.equal(answer.status, status, `${path} from ${from}: ${answer.body}`);
    if (status === 403 && path !== '/not-forged')
      assert.equal(JSON.parse(answer.body).reason, 'source-ip-unauthorized');
  }
}

const IPV4_ROWS: readonly Expectation[] = [
  ['/one', CLIENT, 200],
  ['/one', OTHER, 403],
  ['/one', '127.0.0.1', 403],
  ['/network', CLIENT, 200],
  ['/network', OTHER, 200],
  ['/network', '127.0.0.4', 403],
  ['/ipv6', CLIENT, 403],
  ['/forged', CLIENT, 403],
  ['/not-forged', CLIENT, 200],
  ['/not-forged', OTHER, 403],
];

const WITHOUT_ADDRESS_ROWS: readonly Expectation[] = [
  ['/one', CLIENT, 503],
  ['/forged', CLIENT, 503],
  ['/not-forged', CLIENT, 503],
  ['/anybody', CLIENT, 200],
];

test('the address of the peer: one, networks, and those that are not in them', async () => {
  await assertStatuses(stack.envoy, IPV4_ROWS);
});

for (const [mode, edit] of [
  ['envoy.yaml', () => {}],
  ['an Envoy without safeguards, which trusts what it hears', trustHeaders],
] as const) {
  test(`headers do not change the address of the peer: ${mode}`, async () => {
    const envoy = await stack.addEnvoy(`forged-${edit.name || 'safe'}`, edit);
    await assertStatuses(envoy, IPV4_ROWS, { headers: FORGERIES });
  });
}

test('over IPv6, from ::1', async () => {
  const envoy = await stack.addEnvoy('ipv6', listenOnIpv6);
  await assertStatuses(
    envoy,
    [
      ['/ipv6', '::1', 200],
      ['/ipv6-network', '::1', 200],
      ['/one', '::1', 403],
      ['/network', '::1', 403],
      ['/not-forged', '::1', 403],
    ],
    { to: '::1' },
  );
});

test('over an IPv6 listener that takes IPv4 too, IPv4 addresses are what they are', async () => {
  const envoy = await stack.addEnvoy('dual', (config) => {
    listenOnIpv6(config);
    Object.assign(listenerNamed(config, 'http').address?.socket_address ?? {}, {
      address: '::',
      ipv4_compat: true,
    });
  });
  await assertStatuses(envoy, IPV4_ROWS);
});

test("Envoy's external address, at the edge: the client's own, whatever it says of itself", async () => {
  const envoy = await stack.addEnvoy('edge', (config) => askSidecarsAt(config, external.grpcPort));
  await assertStatuses(envoy, IPV4_ROWS);
  await assertStatuses(envoy, IPV4_ROWS, { headers: FORGERIES });
  await assertStatuses(envoy, IPV4_ROWS, { headers: [...FORGERIES, ...FORGERIES] });
});

test("Envoy's external address over IPv6", async () => {
  const envoy = await stack.addEnvoy('edge-ipv6', (config) => {
    listenOnIpv6(config);
    askSidecarsAt(config, external.grpcPort);
  });
  for (const headers of [[], FORGERIES])
    await assertStatuses(
      envoy,
      [
        ['/ipv6', '::1', 200],
        ['/one', '::1', 403],
        ['/forged', '::1', 403],
        ['/not-forged', '::1', 403],
      ],
      { to: '::1', headers },
    );
});

test('behind a trusted proxy: the client of that proxy, whatever it says of itself', async () => {
  const inner = await stack.addEnvoy('inner', (config) => {
    askSidecarsAt(config, external.grpcPort);
    Object.assign(connectionManager(config), { xff_num_trusted_hops: 1 });
  });
  const proxy = await stack.addEnvoy('proxy', (config) => forwardTo(config, inner));
  await assertStatuses(proxy, IPV4_ROWS);
  await assertStatuses(proxy, IPV4_ROWS, { headers: FORGERIES });

  // The peer of the inner Envoy is the proxy, whoever called that.
  const byPeer = await stack.addEnvoy('inner-by-peer', (config) =>
    Object.assign(connectionManager(config), { xff_num_trusted_hops: 1 }),
  );
  const proxyOfIt = await stack.addEnvoy('proxy-by-peer', (config) => forwardTo(config, byPeer));
  await assertStatuses(proxyOfIt, [
    ['/one', CLIENT, 403],
    ['/not-forged', OTHER, 200],
  ]);
});

test('without the address that it was told to look at, a policy on addresses fails, and others do not', async () => {
  const envoy = await stack.addEnvoy('no-external-address', (config) => {
    askSidecarsAt(config, external.grpcPort);
    Object.assign(connectionManager(config), { use_remote_address: false });
  });
  for (const headers of [[], CLAIMED_ADDRESS, FORGERIES])
    await assertStatuses(envoy, WITHOUT_ADDRESS_ROWS, { headers });
});

for (const [mode, edit] of [
  ['envoy.yaml', () => {}],
  ['an Envoy without safeguards', removeSafeguards],
] as const)
  test(`a client that Envoy calls internal has no external address, whatever it says: ${mode}`, async () => {
    const envoy = await stack.addEnvoy(`internal-${edit.name || 'safe'}`, (config) => {
      edit(config);
      askSidecarsAt(config, external.grpcPort);
      const cidr_ranges = [{ address_prefix: '127.0.0.0', prefix_len: 8 }];
      Object.assign(connectionManager(config), { internal_address_config: { cidr_ranges } });
    });
    for (const headers of [[], CLAIMED_ADDRESS])
      await assertStatuses(envoy, WITHOUT_ADDRESS_ROWS, { headers });
    // Envoy calls no client internal that sends X-Forwarded-For.
    await assertStatuses(envoy, IPV4_ROWS, { headers: FORGERIES });
  });

test('the address that a client claims does not reach the service', async () => {
  const envoy = await stack.addEnvoy('claimed', (config) =>
    Object.assign(connectionManager(config), { use_remote_address: false }),
  );
  const received = await stack.callUpstream(
    { host: HOST, path: '/anybody', headers: CLAIMED_ADDRESS },
    envoy,
  );
  assert.deepEqual(receivedHeader(received, 'x-envoy-external-address'), []);
});

test('envoy.yaml calls no client internal, this machine included', async () => {
  const received = await stack.callUpstream({ host: HOST, path: '/anybody' });
  assert.deepEqual(receivedHeader(received, 'x-envoy-internal'), []);
});

function trustHeaders(config: YamlValue): void {
  removeSafeguards(config);
  Object.assign(connectionManager(config), { use_remote_address: false });
}

function listenOnIpv6(config: YamlValue): void {
  Object.assign(listenerNamed(config, 'http').address?.socket_address ?? {}, { address: '::1' });
}

/** Makes of it a proxy that asks nobody and hands on to another Envoy. */
function forwardTo(config: YamlValue, { ports }: Envoy): void {
  const manager = connectionManager(config);
  const filters = manager.http_filters?.filter((filter) => String(filter.name).endsWith('.router'));
  Object.assign(manager, { http_filters: filters });
  sendServiceTo(config, ports.http);
}
