import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CheckParts } from '../../src/check/check.ts';
import { explain } from '../../src/explain/explain.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import { type Ask, requestOf, World } from '../support/check-world.ts';

const RESOURCES = `
{ kind: Policy, id: robot-only, namespace: global, ppl: { allow: { or: [user: robot] } } }
---
{ kind: Policy, id: no-dots, namespace: org, enforced: true, ppl: { deny: { or: [http_path: { contains: dots }] } } }
---
{ kind: Namespace, id: org, parent: global, hosts: [shop.com, watched.com] }
---
{ kind: Namespace, id: shop, parent: org, hosts: [shop.com], default_policies: [robot-only] }
---
{ kind: Route, id: shop, namespace: shop, hosts: [shop.com], policies: [robot-only] }
---
{ kind: Policy, id: tried, namespace: relaxed, mode: shadow, ppl: { allow: { or: [http_path: { starts_with: /a }] } } }
---
{ kind: Namespace, id: relaxed, parent: global, hosts: [relaxed.com] }
---
{ kind: Route, id: relaxed, namespace: relaxed, hosts: [relaxed.com], policies: [open, tried] }
---
{ kind: Policy, id: open, namespace: relaxed, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: watched, parent: org, hosts: [watched.com], enforcement: observe }
---
{ kind: ServiceAccount, id: robot, namespace: shop, user_id: robot }
`;

let world: World;
before(async () => {
  world = await World.open(RESOURCES);
  await world.addCredential('robot', 'robot');
});
after(() => world.close());

/** Explains a request, and counts how often each stage that can be counted ran. */
async function explainCounted(ask: Ask) {
  const { parts } = world;
  const runs = { snapshot: 0, verify: 0, resolve: 0, assertion: 0 };
  const counted: CheckParts = {
    ...parts,
    snapshot() {
      runs.snapshot++;
      return parts.snapshot();
    },
    tokens: {
      ...parts.tokens,
      verify(token, now) {
        runs.verify++;
        return parts.tokens.verify(token, now);
      },
    },
    callers: {
      resolve(token) {
        runs.resolve++;
        return parts.callers.resolve(token);
      },
    },
    assertionFor(caller, binding, now) {
      runs.assertion++;
      return parts.assertionFor(caller, binding, now);
    },
  };
  return { explained: await explain(counted, requestOf(ask)), runs };
}

test('explain runs each stage of the Check once', async () => {
  const { explained, runs } = await explainCounted({ host: 'shop.com', token: 'robot' });
  assert.deepEqual(runs, { snapshot: 2, verify: 1, resolve: 1, assertion: 1 });
  assert.ok('verdict' in explained.outcome && explained.outcome.verdict === 'allow');
  assert.deepEqual(explained.scope, { home: ['shop', 'org', 'global'], inScope: true });
  assert.deepEqual(
    explained.policies.map(({ policy, explanation }) => [policy.id, explanation.allow.value]),
    [
      ['robot-only', true],
      ['no-dots', false],
    ],
  );
});

test('a caller is shown also for a request that belongs to nothing, for which the Check asks no caller', async () => {
  const { explained, runs } = await explainCounted({ host: 'nowhere.com', token: 'robot' });
  assert.ok('verdict' in explained.outcome && explained.outcome.verdict === 'deny');
  assert.equal(explained.outcome.caller, undefined);
  assert.equal(explained.identity?.caller?.account.id, 'robot');
  assert.deepEqual(runs, { snapshot: 2, verify: 1, resolve: 1, assertion: 0 });
  assert.deepEqual(explained.policies, []);
});

test('no policy is shown for a path that is refused before any is evaluated', async () => {
  const { explained } = await explainCounted({ host: 'shop.com', path: '/a;b', token: 'robot' });
  assert.ok('refusal' in explained.outcome && explained.outcome.refusal === 'path-ambiguous');
  assert.deepEqual(explained.policies, []);
});

test('a shadow policy that uses the path is not shown for an ambiguous path that the others allow', async () => {
  const shown = async (path: string) =>
    (await explainCounted({ host: 'relaxed.com', path })).explained.policies.map(({ policy }) => policy.id);
  assert.deepEqual(await shown('/tried/x'), ['open', 'tried']);
  assert.deepEqual(await shown('/tried/a%2Fb'), ['open']);
});

test('policies from above are shown for a request that matches nothing in observe, because they decide', async () => {
  const { explained } = await explainCounted({ host: 'watched.com', token: 'robot' });
  assert.deepEqual(
    explained.policies.map(({ policy, applies }) => [policy.id, applies]),
    [['no-dots', [{ as: 'enforced', namespace: 'org' }]]],
  );
});

test('what was found before a record of the store failed the Check is shown beside the fault', async () => {
  await world.write(
    { kind: 'policy', id: 'damaged' },
    { id: 'damaged', namespace: 'shop', enforced: true, ppl: { allow: 'nonsense' } },
  );
  const { explained } = await explainCounted({ host: 'shop.com', token: 'robot' });
  assert.ok('fault' in explained.outcome);
  assert.match(explained.outcome.fault, /^policy damaged: /);
  assert.equal(explained.identity?.caller?.account.id, 'robot');
  assert.deepEqual(
    explained.policies.map(({ policy }) => policy.id),
    ['robot-only', 'no-dots'],
  );
});

test('a fault that is no record of the store is not explained', async () => {
  const parts: CheckParts = {
    ...world.parts,
    callers: { resolve: () => Promise.reject(new Error('the store is out of reach')) },
  };
  await assert.rejects(explain(parts, requestOf({ host: 'shop.com', token: 'robot' })), (error: unknown) => {
    return error instanceof Error && !(error instanceof PolicyFault);
  });
});
