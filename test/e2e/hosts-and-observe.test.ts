// Two ways in which one tenant got past what another, or the platform, had said; each through a real Envoy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HeaderLine } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { applyResources, routeWithPolicy, tryToApply } from './apply-resources.ts';

const EVERYBODY = { allow: { or: [{ accept: true }] } };
const NOBODY = { deny: { or: [{ accept: true }] } };

let stack: Stack;
let headers: HeaderLine[];
before(async () => {
  stack = await startStack();
  headers = [['X-Pomerium-Authorization', (await stack.createAccount('robot-watch', 'watchers')).jwt]];
});
after(() => stack.stop());

const statusOf = async (host: string, path: string, method = 'GET') =>
  (await stack.call({ host, path, method, headers })).status;

/** A change holds within milliseconds of `apply`; what is asked first waits for it. */
const comesTo = (status: number, host: string, path: string, method = 'GET') =>
  waitUntil(
    `${method} ${host}${path} to answer ${status}`,
    async () => (await statusOf(host, path, method)) === status,
  );

test('403 stays 403 when root narrows the grant: no route waits on a host that its namespace was not granted', async () => {
  const bank = {
    kind: 'Namespace',
    id: 'bank',
    parent: 'global',
    hosts: ['bank.localhost', 'b.bank.localhost'],
  };
  await applyResources(
    stack.sidecar,
    bank,
    { kind: 'Namespace', id: 'bare', parent: 'global' },
    ...routeWithPolicy('money', 'bank.localhost', NOBODY, { namespace: 'bank' }),
  );
  await comesTo(403, 'bank.localhost', '/money');

  const thief = await tryToApply(
    stack.sidecar,
    ...routeWithPolicy('thief', 'bank.localhost', EVERYBODY, { namespace: 'bare' }),
  );
  assert.notEqual(thief.code, 0);
  assert.match(thief.stderr, /bank\.localhost is not granted to namespace bare.*bank holds it/);

  const narrowed = { ...bank, hosts: ['b.bank.localhost'] };
  const refused = await tryToApply(stack.sidecar, narrowed);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /would take bank\.localhost from route money/);
  assert.equal(await statusOf('bank.localhost', '/money'), 403);

  const [, route] = routeWithPolicy('money', 'b.bank.localhost', NOBODY, { namespace: 'bank' });
  assert.ok(route);
  await applyResources(stack.sidecar, narrowed, route);
  await comesTo(404, 'bank.localhost', '/money');
  assert.equal(await statusOf('b.bank.localhost', '/money'), 403);
});

test('observe does not void what is enforced from above', async () => {
  assert.equal(await statusOf('watch.localhost', '/x'), 200);
  assert.equal(await statusOf('watch.localhost', '/x', 'POST'), 200);
  await applyResources(stack.sidecar, {
    kind: 'Policy',
    id: 'no-post',
    namespace: 'global',
    enforced: true,
    ppl: { deny: { or: [{ http_method: 'POST' }] } },
  });
  await comesTo(403, 'watch.localhost', '/x', 'POST');
  // The route's own denial is only observed.
  assert.equal(await statusOf('watch.localhost', '/x'), 200);
  // Nor by a host of the namespace, or a path, that no route has.
  await applyResources(stack.sidecar, {
    kind: 'Namespace',
    id: 'watchers',
    parent: 'global',
    hosts: ['watch.localhost', 'other.localhost'],
    enforcement: 'observe',
  });
  await comesTo(200, 'other.localhost', '/nothing');
  assert.equal(await statusOf('other.localhost', '/nothing', 'POST'), 403);
});
