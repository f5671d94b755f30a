import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { explain } from '../../src/explain/explain.ts';
import { MatchFault } from '../../src/routes/match-fault.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import { type Ask, requestOf, World } from '../support/check-world.ts';

const RESOURCES = `
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: shop, parent: global, hosts: [shop.com, '*.shop.com'], default_policies: [everybody] }
---
{ kind: Namespace, id: pay, parent: shop, hosts: [pay.shop.com], default_policies: [everybody] }
---
{ kind: Namespace, id: reports, parent: shop, default_policies: [everybody] }
---
{ kind: Namespace, id: bank, parent: global, hosts: [bank.com], default_policies: [everybody] }
---
{ kind: Route, id: top, namespace: global, policies: [everybody] }
---
{ kind: Route, id: shop, namespace: shop, hosts: [shop.com], policies: [everybody] }
---
{ kind: Route, id: any-shop, namespace: shop, hosts: ['*.shop.com'], policies: [everybody] }
---
{ kind: Route, id: reports, namespace: reports, hosts: [reports.shop.com], policies: [everybody] }
---
{ kind: Route, id: pay, namespace: pay, path: { prefix: / }, policies: [everybody] }
---
{ kind: Route, id: bank, namespace: bank, policies: [everybody] }
`;

const HOSTS = ['shop.com', 'x.shop.com', 'reports.shop.com', 'pay.shop.com', 'bank.com', 'other.com'];

let world: World;
beforeEach(async () => {
  world = await World.open(RESOURCES);
});
afterEach(() => world.close());

/** The route that judges, `fault`, or the refusal. */
function outcomeOf(ask: Ask): string {
  try {
    const decision = world.decide(ask);
    return decision.binding?.route?.id ?? decision.binding?.namespace.id ?? decision.reasons.join();
  } catch (error) {
    assert.ok(error instanceof MatchFault || error instanceof PolicyFault, String(error));
    return 'fault';
  }
}

/** The hosts whose requests fail; of the others each is still answered by its own route. */
function failing(): string[] {
  const expected = ['shop', 'any-shop', 'reports', 'pay', 'bank', 'top'];
  const outcomes = HOSTS.map((host) => outcomeOf({ host }));
  for (const [index, outcome] of outcomes.entries())
    assert.ok(outcome === 'fault' || outcome === expected[index], `${HOSTS[index]} belongs to ${outcome}`);
  return HOSTS.filter((_, index) => outcomes[index] === 'fault');
}

const faults = () => world.snapshot.faults.map(({ kind, id }) => `${kind} ${id}`);

test('nothing fails before', () => {
  assert.deepEqual(failing(), []);
  assert.deepEqual(faults(), []);
});

describe('a damaged route fails what might be for it, and nothing else gets that', () => {
  const rows: [what: string, value: unknown, failing: string[]][] = [
    ['a field is unknown', { id: 'shop', namespace: 'shop', hosts: ['shop.com'], novelty: 1 }, ['shop.com']],
    [
      'one of its hosts is a pattern',
      { id: 'shop', namespace: 'shop', hosts: ['shop.com', '*.shop.com'], novelty: 1 },
      ['shop.com', 'x.shop.com'],
    ],
    [
      'it names no hosts',
      { id: 'shop', namespace: 'shop', policies: 5 },
      ['shop.com', 'x.shop.com', 'reports.shop.com'],
    ],
    [
      'its hosts are none',
      { id: 'shop', namespace: 'shop', hosts: 'shop.com' },
      ['shop.com', 'x.shop.com', 'reports.shop.com'],
    ],
    ['its namespace is not there', { id: 'shop', namespace: 'nowhere', hosts: ['shop.com'] }, ['shop.com']],
    [
      'its namespace can not be read',
      { id: 'shop', hosts: ['shop.com', 'bank.com'] },
      ['shop.com', 'bank.com'],
    ],
    ['nothing of it can be read', 'garbage', HOSTS],
  ];
  for (const [what, value, expected] of rows)
    test(what, async () => {
      await world.write({ kind: 'route', id: 'shop' }, value);
      assert.deepEqual(failing(), expected);
      assert.deepEqual(faults(), ['route shop']);
      assert.equal(outcomeOf({ host: 'shop.com', ext: { route_id: 'shop' } }), 'fault');
      assert.equal(outcomeOf({ host: 'x.com', ext: { 'sallyport.namespace': 'shop' } }), 'shop');
    });

  test('a host of its own comes first where another route has it more closely', async () => {
    await world.write(
      { kind: 'route', id: 'any-shop' },
      { id: 'any-shop', namespace: 'shop', hosts: ['*.shop.com'], x: 1 },
    );
    assert.deepEqual(failing(), ['x.shop.com']);
  });
});

describe('a damaged namespace fails itself, what is below it and its hosts, and nothing else gets those', () => {
  const shop = { id: 'shop', parent: 'global', hosts: ['shop.com', '*.shop.com'] };
  const below = ['shop.com', 'x.shop.com', 'reports.shop.com', 'pay.shop.com'];
  const rows: [what: string, value: unknown, failing: string[]][] = [
    ['a field is unknown', { ...shop, novelty: 1 }, below],
    ['a field is of another type', { ...shop, default_policies: 'everybody' }, below],
    ['a host is not its to have', { ...shop, hosts: [...shop.hosts, 'bank.com'] }, [...below]],
    ['its hosts can not be read', { ...shop, hosts: 'shop.com' }, HOSTS],
    ['its parent can not be read', { id: 'shop', hosts: shop.hosts, parent: 7 }, HOSTS],
    ['it is above itself', { ...shop, parent: 'shop' }, HOSTS],
    ['its parent is not there', { ...shop, parent: 'nowhere' }, HOSTS],
    ['nothing of it can be read', 'garbage', HOSTS],
  ];
  for (const [what, value, expected] of rows)
    test(what, async () => {
      await world.write({ kind: 'namespace', id: 'shop' }, value);
      assert.deepEqual(failing(), expected);
      assert.deepEqual(faults().sort(), [
        'namespace pay',
        'namespace reports',
        'namespace shop',
        ...faults().filter((each) => each.startsWith('route')),
      ]);
      for (const namespace of ['shop', 'pay', 'reports'])
        assert.equal(outcomeOf({ host: 'x.com', ext: { 'sallyport.namespace': namespace } }), 'fault');
      for (const route of ['shop', 'pay', 'reports'])
        assert.equal(outcomeOf({ host: 'shop.com', ext: { route_id: route } }), 'fault');
      // What Envoy itself places elsewhere goes on.
      assert.equal(outcomeOf({ host: 'bank.com', ext: { 'sallyport.namespace': 'bank' } }), 'bank');
    });

  test('neither serve.namespace nor unmatched takes what is on its hosts', async () => {
    await world.write({ kind: 'namespace', id: 'shop' }, { ...shop, novelty: 1 });
    for (const setting of ['serveNamespace', 'unmatched'] as const) {
      const bank = world.snapshot.tree.nodes.get('bank')?.id;
      world.settings = { ...world.settings, [setting]: bank };
      assert.equal(outcomeOf({ host: 'nothing.pay.shop.com' }), 'fault');
      assert.equal(outcomeOf({ host: 'nothing.com' }), 'top');
    }
  });

  test('an account of it is not in scope elsewhere', async () => {
    await world.apply('{ kind: ServiceAccount, id: bob, namespace: shop, user_id: bob }');
    await world.addCredential('bob', 'bob');
    await world.write({ kind: 'namespace', id: 'shop' }, { ...shop, novelty: 1 });
    const decision = await world.check({ host: 'bank.com', token: 'bob' });
    assert.ok(decision.verdict === 'allow' && !decision.authenticated);
  });
});

test('a damaged global fails everything: it is above all', async () => {
  await world.write({ kind: 'namespace', id: 'global' }, 'garbage');
  assert.deepEqual(failing(), HOSTS);
  await world.write({ kind: 'namespace', id: 'global' }, { id: 'global', default_policies: [] });
  assert.deepEqual(failing(), []);
});

test('what is changed while a record is damaged counts, and a mended record is used again', async () => {
  await world.write({ kind: 'namespace', id: 'shop' }, 'garbage');
  await world.write(
    { kind: 'namespace', id: 'shop' },
    { id: 'shop', parent: 'global', hosts: ['shop.com'], novelty: 1 },
  );
  await world.write(
    { kind: 'policy', id: 'everybody' },
    { id: 'everybody', namespace: 'global', ppl: { allow: { or: [{ reject: true }] } } },
  );
  assert.equal(world.answer({ host: 'bank.com' }), 'forbidden: reject');
  await world.write({ kind: 'namespace', id: 'shop' }, { id: 'shop', parent: 'global', hosts: ['shop.com'] });
  assert.equal(world.answer({ host: 'shop.com' }), 'forbidden: reject');
});

test('explain says which record can not be used', async () => {
  await world.write(
    { kind: 'route', id: 'shop' },
    { id: 'shop', namespace: 'shop', hosts: ['shop.com'], novelty: 1 },
  );
  const { bound, outcome } = await explain(world.parts, requestOf({ host: 'shop.com' }));
  assert.ok(bound instanceof MatchFault);
  assert.equal(bound.namespace?.id, 'shop');
  assert.ok('fault' in outcome);
  assert.match(outcome.fault, /^route shop: .*novelty/);
});
