// Observe is granted from above (docs/decisions/0011): it does not void what namespaces above enforce.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Decision } from '../../src/check/decision.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import { buildSnapshot } from '../../src/snapshot/snapshot.ts';
import { type Ask, describe as say, World } from '../support/check-world.ts';

const RESOURCES = `
{ kind: Policy, id: nobody, namespace: global, ppl: { allow: { or: [reject: true] } } }
---
{ kind: Policy, id: no-post, namespace: global, enforced: true, ppl: { deny: { or: [http_method: POST, user: mallory] } } }
---
{ kind: Policy, id: only-members, namespace: global, enforced: true, ppl: { allow: { and: [user: member] } } }
---
{ kind: Policy, id: tried, namespace: global, enforced: true, mode: shadow, ppl: { deny: { or: [http_method: PUT] } } }
---
{ kind: Namespace, id: org, parent: global, hosts: ['*.org'] }
---
{ kind: Policy, id: no-patch, namespace: org, enforced: true, ppl: { deny: { or: [http_method: PATCH] } } }
---
{ kind: Namespace, id: watch, parent: org, hosts: [watch.org, '*.watch.org'], enforcement: observe, default_policies: [nobody] }
---
{ kind: Policy, id: no-delete, namespace: watch, enforced: true, ppl: { deny: { or: [http_method: DELETE] } } }
---
{ kind: Namespace, id: below, parent: watch, hosts: [below.watch.org] }
---
{ kind: Namespace, id: twice, parent: watch, hosts: [twice.watch.org], enforcement: observe }
---
{ kind: Namespace, id: strict, parent: watch, hosts: [strict.watch.org], enforcement: enforce }
---
{ kind: Route, id: watch, namespace: watch, hosts: [watch.org], path: { prefix: /x }, policies: [nobody] }
---
{ kind: Route, id: below, namespace: below, hosts: [below.watch.org], policies: [nobody] }
---
{ kind: Route, id: twice, namespace: twice, hosts: [twice.watch.org], policies: [nobody] }
---
{ kind: Route, id: strict, namespace: strict, hosts: [strict.watch.org], policies: [nobody] }
---
{ kind: ServiceAccount, id: mallory, namespace: global, user_id: mallory }
---
{ kind: ServiceAccount, id: outsider, namespace: strict, user_id: outsider }
`;

/** `refused` or `passes`, what would have been decided, and by which policy. */
function told(decision: Decision): string {
  const passes = decision.verdict === 'allow' || decision.enforcement === 'observe';
  return `${passes ? 'passes' : 'refused'}: ${say(decision).split(',')[0]}${decision.policy ? `, ${decision.policy.id}` : ''}`;
}

let world: World;
before(async () => {
  world = await World.open(RESOURCES);
  await world.addCredential('mallory', 'mallory');
  await world.addCredential('outsider', 'outsider');
  world.tokens.set('expired', { refused: 'token-expired', detail: 'it expired' });
});
after(() => world.close());

describe('an observing namespace', () => {
  const rows: [what: string, ask: Ask, expected: string][] = [
    [
      'lets through what no policy denies',
      { host: 'watch.org', path: '/x' },
      'passes: unauthenticated: user-unauthenticated, no-post',
    ],
    [
      'and a bad credential',
      { host: 'watch.org', path: '/x', token: 'expired' },
      'passes: unauthenticated: token-expired',
    ],
    [
      'and one out of its scope',
      { host: 'watch.org', path: '/x', token: 'outsider' },
      'passes: forbidden: namespace-unauthorized',
    ],
    ['and what has no route', { host: 'watch.org', path: '/' }, 'passes: not-found: route-not-found'],
    [
      'and what its own enforced policy denies',
      { host: 'watch.org', path: '/x', method: 'DELETE' },
      'passes: unauthenticated: user-unauthenticated, no-post',
    ],
    [
      'and what a shadow policy above denies',
      { host: 'watch.org', path: '/x', method: 'PUT' },
      'passes: unauthenticated: user-unauthenticated, no-post',
    ],
    [
      'but not what global enforces',
      { host: 'watch.org', path: '/x', method: 'POST' },
      'refused: forbidden: http-method-ok, no-post',
    ],
    [
      'nor about a caller',
      { host: 'watch.org', path: '/x', token: 'mallory' },
      'refused: forbidden: user-ok, no-post',
    ],
    [
      'nor what the namespace above enforces',
      { host: 'watch.org', path: '/x', method: 'PATCH' },
      'refused: forbidden: http-method-ok, no-patch',
    ],
    [
      'nor by way of a namespace in the context extensions',
      { host: 'x.com', method: 'POST', ext: { 'sallyport.namespace': 'watch' } },
      'refused: forbidden: http-method-ok, no-post',
    ],
    [
      'nor by a path that has no route',
      { host: 'watch.org', path: '/', method: 'POST' },
      'refused: forbidden: http-method-ok, no-post',
    ],
    [
      'nor, of a caller, by a path that has no route',
      { host: 'watch.org', path: '/', token: 'mallory' },
      'refused: forbidden: user-ok, no-post',
    ],
    [
      'nor by a path that can be read in two ways',
      { host: 'watch.org', path: '//x', method: 'POST' },
      'refused: forbidden: http-method-ok, no-post',
    ],
    [
      'nor by an unknown route id',
      { host: 'watch.org', method: 'POST', ext: { route_id: 'none' } },
      'refused: forbidden: http-method-ok, no-post',
    ],
    [
      'which lets an ambiguous path through if none of them reads it',
      { host: 'watch.org', path: '//x' },
      'passes: path-ambiguous: path-ambiguous',
    ],
    [
      'is the nearest above that says observe: those above it decide',
      { host: 'below.watch.org', method: 'POST' },
      'refused: forbidden: http-method-ok, no-post',
    ],
    [
      'and its own policies only observe below it',
      { host: 'below.watch.org', method: 'DELETE' },
      'passes: unauthenticated: user-unauthenticated, no-post',
    ],
    [
      'below another is bound by what that one enforces',
      { host: 'twice.watch.org', method: 'DELETE' },
      'refused: forbidden: http-method-ok, no-delete',
    ],
    [
      'may hold one that enforces everything',
      { host: 'strict.watch.org' },
      'refused: unauthenticated: user-unauthenticated, no-post',
    ],
  ];
  for (const [what, ask, expected] of rows) test(what, () => assert.equal(told(world.decide(ask)), expected));

  test('makes no assertion, whatever is decided', () => {
    const decision = world.decide({ host: 'watch.org', path: '/x', token: 'mallory' });
    assert.equal(decision.enforcement, 'enforce');
    assert.ok(!('assertion' in decision));
  });
});

test('a sidecar that observes lets all of it through', () => {
  world.enforcement = 'observe';
  try {
    for (const method of ['POST', 'PATCH', 'GET'])
      for (const path of ['/x', '/', '//x']) {
        const decision = world.decide({ host: 'watch.org', path, method });
        assert.equal(decision.enforcement, 'observe', `${method} ${path}`);
      }
  } finally {
    world.enforcement = 'enforce';
  }
});

describe('a policy that is enforced above and reads the path', () => {
  let other: World;
  before(async () => {
    other = await World.open(
      `${RESOURCES}---\n{ kind: Policy, id: no-admin, namespace: org, enforced: true, ppl: { deny: { or: [http_path: { starts_with: /x/admin }] } } }`,
    );
  });
  after(() => other.close());

  const rows: [what: string, path: string, expected: string][] = [
    ['denies', '/x/admin', 'refused: forbidden: http-path-ok, no-admin'],
    [
      'refuses a path that can be read in two ways',
      '/x/../x/admin',
      'refused: path-ambiguous: path-ambiguous',
    ],
    ['the same with an encoded slash', '/x%2fadmin', 'refused: path-ambiguous: path-ambiguous'],
    ['and lets another through', '/x/y', 'passes: unauthenticated: user-unauthenticated, no-post'],
  ];
  for (const [what, path, expected] of rows)
    test(what, () => assert.equal(told(other.decide({ host: 'watch.org', path })), expected));
});

test('global in observe has nothing above it', async () => {
  const other = await World.open(`${RESOURCES}---\n{ kind: Namespace, id: global, enforcement: observe }`);
  try {
    await other.apply(
      "{ kind: Namespace, id: org, parent: global, hosts: ['*.org'] }\n---\n{ kind: Route, id: org, namespace: org, hosts: [x.org], policies: [nobody] }",
    );
    assert.match(told(other.decide({ host: 'x.org', method: 'POST' })), /^passes: /);
    assert.match(told(other.decide({ host: 'x.org:x' })), /^passes: host-invalid/);
    // The namespace that sets it anew is bound by what is above it, though that observes.
    assert.match(told(other.decide({ host: 'watch.org', path: '/x', method: 'POST' })), /^refused: /);
  } finally {
    await other.close();
  }
});

test('a host that cannot be read is refused though the namespace that Envoy names observes', () => {
  const ext = { 'sallyport.namespace': 'watch' };
  assert.equal(told(world.decide({ host: 'watch.org:x', ext })), 'refused: host-invalid: host-invalid');
});

test('client certificates that the sidecar requires count as enforced by global', async () => {
  const snapshot = buildSnapshot(await world.store.snapshot(), {
    verifiesClientCertificates: true,
    requiresClientCertificates: true,
  });
  const { check } = await import('../../src/check/check.ts');
  const { requestOf } = await import('../support/check-world.ts');
  const ask = async (path: string) =>
    told(await check({ ...world.parts, snapshot: () => snapshot }, requestOf({ host: 'watch.org', path })));
  for (const path of ['/x', '/', '//x'])
    assert.equal(
      await ask(path),
      'refused: client-certificate: client-certificate-required, built-in.client-certificate',
    );
});

test('a fault is no decision: a policy above that can not be used fails the request, with a route or without', async () => {
  const other = await World.open(RESOURCES);
  try {
    await other.write(
      { kind: 'policy', id: 'no-post' },
      { id: 'no-post', namespace: 'global', enforced: true },
    );
    for (const path of ['/x', '/', '//x'])
      assert.throws(() => other.decide({ host: 'watch.org', path }), PolicyFault, path);
  } finally {
    await other.close();
  }
});
