import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { connectionManager, serviceRoute } from '../support/fill-envoy-config.ts';
import { E2E_HOST, type HeaderLine } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { sendServiceTo } from './sidecar-beside.ts';

/** Of the first request and of the one that Envoy makes of its answer. */
let seen: IncomingMessage[];
/** Answers `/redirect/x` with a redirect to `/x`, which Envoy follows itself. */
const service = createServer((request, response) => {
  seen.push(request);
  const [, target] = /^\/redirect(\/.*)$/.exec(request.url ?? '') ?? [];
  if (target !== undefined) response.writeHead(302, { location: `http://${E2E_HOST}${target}` });
  response.end();
});
let stack: Stack;
let envoy: Envoy;
let headers: HeaderLine[];
before(async () => {
  stack = await startStack();
  const { jwt } = await stack.createAccount('robot@team-a', 'team-a');
  headers = [['X-Pomerium-Authorization', jwt]];
  await once(service.listen(0, '127.0.0.1'), 'listening');
  envoy = await stack.addEnvoy('redirects', (config) => {
    sendServiceTo(config, (service.address() as AddressInfo).port);
    const route = serviceRoute(config);
    Object.assign(route, { internal_redirect_policy: { max_internal_redirects: 1 } });
    const routes = connectionManager(config).route_config?.virtual_hosts?.[0]?.routes;
    const jwks = routes?.find((each) => each.typed_per_filter_config !== undefined);
    const unasked: unknown = {
      ...{ match: { prefix: '/unasked' }, route },
      typed_per_filter_config: jwks?.typed_per_filter_config,
    };
    const all: unknown[] | undefined = routes;
    all?.unshift(unasked);
  });
});
beforeEach(() => {
  seen = [];
});
after(async () => {
  await stack.stop();
  service.close();
  service.closeAllConnections();
});

const assertionsSeen = () => seen.map((request) => typeof request.headers['x-pomerium-jwt-assertion']);

test('Envoy asks again for its own redirect, without the credential: what needs one is refused', async () => {
  const answer = await stack.call({ path: '/redirect/orders', headers }, envoy);
  assert.equal(answer.status, 401);
  assert.equal(JSON.parse(answer.body).reason, 'user-unauthenticated');
  assert.deepEqual(
    seen.map(({ url }) => url),
    ['/redirect/orders'],
  );
  assert.equal((await stack.call({ path: '/orders', headers }, envoy)).status, 200);
});

test('a redirect to what is open to everybody is let through as nobody', async () => {
  assert.equal((await stack.call({ path: '/redirect/open', headers }, envoy)).status, 200);
  assert.deepEqual(assertionsSeen(), ['string', 'undefined']);
});

test('a redirect to a route that Envoy does not ask about takes the first assertion with it', async () => {
  assert.equal((await stack.call({ path: '/redirect/unasked', headers }, envoy)).status, 200);
  assert.deepEqual(assertionsSeen(), ['string', 'string']);
});
