import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { parseResource } from '../../../src/manifests/read-resource-value.ts';
import { ResourceError } from '../../../src/manifests/resource.ts';
import { planChanges } from '../../../src/operations/changes/plan-changes.ts';
import { transact } from '../../../src/operations/changes/transact.ts';
import { IndexedStore } from '../../../src/operations/index/indexed-store.ts';
import { Reader } from '../../../src/operations/reader.ts';
import { MAX_POLICY_COST } from '../../../src/policy/criterion-cost.ts';
import { ALL_GRANTS } from '../../../src/roles/grants.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../../src/store/port.ts';
import type { StoreWithTelemetry } from '../../../src/store/telemetry-writes.ts';
import { World } from '../../support/check-world.ts';
import { accessAt } from '../../support/machine-principal.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const NAMESPACES = `
{ kind: Namespace, id: a, parent: global, hosts: [a.test, '*.a.test'] }
---
{ kind: Namespace, id: a.b, parent: a }
---
{ kind: Namespace, id: c, parent: global, hosts: [c.test] }
`;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-concerned-'));
let store: StoreWithTelemetry;
let world: World;
let indexed: IndexedStore;
before(async () => {
  store = await openEmbeddedStore({ path: folder });
  world = await World.over(store);
  await world.apply(NAMESPACES);
  indexed = new IndexedStore(store, assert.fail);
});
after(async () => {
  await indexed.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Says that a change concerns every policy and every route. */
class WholeReader extends Reader {
  override async idsWithin(kind: 'route') {
    return [...(await this.placesOf(kind)).keys()];
  }
  override async routesNaming() {
    return [...(await this.placesOf('route')).keys()];
  }
  override async enforcedPolicies() {
    return [...(await this.placesOf('policy')).keys()];
  }
}

const namespace = fc.constantFrom('a', 'a', 'a.b', 'a.b', 'c', 'global');
const policyId = fc.constantFrom('p0', 'p1', 'p2', 'p3');
const policies = fc.uniqueArray(policyId, { maxLength: 4 });
/** Half of what one request may cost, or next to nothing. */
const ppl = fc.constantFrom({ allow: { or: [{ user: 'x' }] } }, costing(Math.ceil(MAX_POLICY_COST / 2)));

const resource = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('Policy' as const),
      id: policyId,
      namespace,
      ppl,
      enforced: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        kind: fc.constant('Route' as const),
        id: fc.constantFrom('r0', 'r1', 'r2', 'r3'),
        namespace,
        hosts: fc.constantFrom(['a.test'], ['x.a.test', 'a.test'], ['c.test']),
        path: fc.constantFrom(
          { prefix: '/x' },
          { prefix: '/x/' },
          { prefix: '/y' },
          { exact: '/z' },
          { regex: '/x/.*' },
        ),
        policies,
      },
      { requiredKeys: ['kind', 'id', 'namespace', 'policies'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        { id: 'a', parent: 'global', hosts: ['a.test', '*.a.test'] },
        { id: 'a', parent: 'global', hosts: ['a.test'] },
        { id: 'a.b', parent: 'a' },
        { id: 'a.b', parent: 'c' },
        { id: 'a.b', parent: 'a', hosts: ['x.a.test'] },
        { id: 'c', parent: 'global', hosts: ['c.test'] },
        { id: 'd', parent: 'a' },
      )
      .chain((spec) =>
        policies.map((default_policies) => ({ kind: 'Namespace' as const, ...spec, default_policies })),
      ),
  },
);
const removal = fc.record({
  kind: fc.constantFrom('Policy' as const, 'Route' as const),
  id: fc.constantFrom('p0', 'p1', 'p2', 'p3', 'r0', 'r1', 'r2', 'r3'),
});
const change = fc.record({
  written: fc.uniqueArray(resource, { maxLength: 3, selector: ({ kind, id }) => `${kind} ${id}` }),
  removed: fc.uniqueArray(removal, { maxLength: 1, selector: ({ id }) => id }),
});

test('a change is checked as if every policy and every route had been read (property)', async () => {
  const origin = { file: 'test', document: 1 };
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      for (const { written, removed } of changes) {
        const names = new Set(written.map(({ kind, id }) => `${kind} ${id}`));
        const resources = written.map(({ kind, ...fields }) => parseResource(kind, fields, origin));
        const removals = removed
          .filter(({ kind, id }) => !names.has(`${kind} ${id}`))
          .map(({ kind, id }) => ({ kind, spec: { id }, origin }));
        const plan = (reader: Reader) =>
          planChanges(resources, removals, { reader, grants: ALL_GRANTS, now: NOW }).catch(problemsOf);
        const whole = await plan(new WholeReader(world.store));
        assert.deepEqual(await plan(new Reader(world.store)), whole);
        assert.deepEqual(await plan(new Reader(indexed)), whole);
        if ('problems' in whole) continue;
        accepted += 1;
        await transact(indexed, accessAt(NOW), async () => whole);
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(accepted > 30, `${accepted} changes accepted`);
});

function problemsOf(error: unknown): { readonly problems: readonly string[] } {
  assert.ok(error instanceof ResourceError, String(error));
  return { problems: error.problems.map(({ path, message }) => `${path}: ${message}`).sort() };
}

function costing(cost: number) {
  return {
    allow: { or: Array.from({ length: Math.floor(cost / 4) }, (_, index) => ({ groups: `g${index}` })) },
  };
}

test('a change of one policy reads it, what names it and what judges together with it', async () => {
  const read: string[] = [];
  await world.apply(`
{ kind: Policy, id: one, namespace: a, ppl: { allow: { or: [{ user: x }] } } }
---
{ kind: Policy, id: beside, namespace: a, ppl: { allow: { or: [{ user: x }] } } }
---
{ kind: Policy, id: other, namespace: a, ppl: { allow: { or: [{ user: x }] } } }
---
{ kind: Route, id: both, namespace: a, path: { exact: /both }, policies: [one, beside] }
---
{ kind: Route, id: neither, namespace: a, path: { exact: /neither }, policies: [other] }
`);
  await new Reader(indexed).tree();
  const restore = recordReads(world.store, read);
  try {
    await transact(indexed, accessAt(NOW), (reader, grants) =>
      planChanges(
        [
          parseResource(
            'Policy',
            { id: 'one', namespace: 'a', ppl: { allow: { or: [{ user: 'y' }] } } },
            { file: 'test', document: 1 },
          ),
        ],
        [],
        { reader, grants, now: NOW },
      ),
    );
  } finally {
    restore();
  }
  const judged = read.filter((name) => /^(policy|route|every) /.test(name));
  assert.ok(judged.includes('route both') && judged.includes('policy beside'), judged.join());
  assert.ok(!judged.some((name) => /^every |neither|other/.test(name)), judged.join());
});

function recordReads(store: Store, read: string[]): () => void {
  const { get, list } = store;
  store.get = (keys, atLeast) => {
    read.push(...keys.map(({ kind, id }) => `${kind} ${id}`));
    return get.call(store, keys, atLeast);
  };
  store.list = (kind, page) => {
    read.push(`every ${kind}`);
    return list.call(store, kind, page);
  };
  return () => void Object.assign(store, { get, list });
}
