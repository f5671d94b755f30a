import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { check } from '../../src/check/check.ts';
import { buildSnapshot } from '../../src/snapshot/snapshot.ts';
import { requestOf, describe as say, World } from '../support/check-world.ts';

const RESOURCES = `
{ kind: Namespace, id: shop, parent: global, hosts: [shop.com] }
---
{ kind: Namespace, id: orders, parent: shop }
---
{ kind: Namespace, id: bank, parent: global, hosts: [bank.com] }
---
{ kind: Namespace, id: lobby, parent: global }
---
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: of-shop, namespace: shop, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: of-bank, namespace: bank, enforced: true, ppl: { deny: { or: [accept: true] } } }
---
{ kind: Route, id: shop, namespace: shop, hosts: [shop.com], path: { prefix: /shop }, policies: [of-shop] }
---
{ kind: Route, id: orders, namespace: orders, hosts: [shop.com], path: { prefix: /orders }, policies: [of-shop] }
---
{ kind: Route, id: top, namespace: global, hosts: [top.com], policies: [everybody] }
---
{ kind: Route, id: bank, namespace: bank, hosts: [bank.com], policies: [everybody] }
`;

describe('with serve.namespaces: [shop]', () => {
  let world: World;
  before(async () => {
    world = await World.open(RESOURCES);
    // Of an earlier build, which took the host from the * of global.
    const lobby = { id: 'lobby', namespace: 'lobby', hosts: ['lobby.com'], policies: ['everybody'] };
    await world.write({ kind: 'route', id: 'lobby' }, lobby);
    const narrowed = { id: 'narrowed', namespace: 'bank', hosts: ['lost.com'], policies: ['everybody'] };
    await world.write({ kind: 'route', id: 'narrowed' }, narrowed);
  });
  after(() => world.close());
  const ask = async (request: Parameters<typeof requestOf>[0], serveNamespace?: string) => {
    const snapshot = buildSnapshot(await world.store.snapshot(), {
      verifiesClientCertificates: true,
      namespaces: ['shop', 'no-such-namespace'],
    });
    world.serveNamespace = serveNamespace;
    return say(await check({ ...world.parts, snapshot: () => snapshot }, requestOf(request)));
  };

  test('its routes, and those of the namespaces above and below, are judged as ever', async () => {
    assert.match(await ask({ host: 'shop.com', path: '/shop' }), /^allow/);
    assert.match(await ask({ host: 'shop.com', path: '/orders' }), /^allow/);
    assert.match(await ask({ host: 'top.com' }), /^allow/);
  });

  for (const [what, request] of [
    ['by its host', { host: 'bank.com' }],
    ['by its host, which was not granted', { host: 'lobby.com' }],
    ['by its host, which is no longer granted', { host: 'lost.com' }],
    ['by its id', { host: 'bank.com', ext: { 'sallyport.route_id': 'bank' } }],
    [
      'by its id, on hosts that were not granted',
      { host: 'lobby.com', ext: { 'sallyport.route_id': 'lobby' } },
    ],
    ['by its namespace', { host: 'shop.com', ext: { 'sallyport.namespace': 'bank' } }],
  ] as const)
    test(`what belongs elsewhere ${what} is not found, whatever serve.namespace says`, async () => {
      for (const serveNamespace of [undefined, 'shop'])
        assert.match(await ask(request, serveNamespace), /route-not-found/);
    });

  test('only the policies that they need are kept', async () => {
    const stored = await world.store.snapshot();
    const kept = (namespaces?: string[]) => [
      ...buildSnapshot(stored, { verifiesClientCertificates: true, namespaces }).loaded.policies.keys(),
    ];
    assert.deepEqual(kept(['shop']), ['everybody', 'of-shop']);
    assert.deepEqual(kept(['orders']), ['everybody', 'of-shop']);
    assert.deepEqual(kept(['bank']), ['everybody', 'of-bank']);
    assert.deepEqual(kept(), ['everybody', 'of-bank', 'of-shop']);
  });

  test('a damaged policy elsewhere does not matter', async () => {
    const other = await World.open(RESOURCES);
    try {
      await other.write(
        { kind: 'policy', id: 'of-bank' },
        { id: 'of-bank', namespace: 'bank', enforced: true },
      );
      const snapshot = buildSnapshot(await other.store.snapshot(), {
        verifiesClientCertificates: true,
        namespaces: ['shop'],
      });
      assert.deepEqual(snapshot.faults, []);
    } finally {
      await other.close();
    }
  });
});
