import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { canonicalPolicy } from '../../src/policy/compile-policy.ts';
import type { PolicyTextReader } from '../../src/policy/policy-text-reader.ts';
import { buildSnapshot, buildSnapshotInSlices } from '../../src/snapshot/snapshot.ts';
import type { StoreContents } from '../../src/store/port.ts';
import type { StoredRecord } from '../../src/store/record.ts';

const SIZE = 10_000;
const SETTINGS = { verifiesClientCertificates: false };

function makeStored(size = SIZE): StoreContents {
  const records: StoredRecord[] = [];
  const add = (kind: StoredRecord['kind'], id: string, value: object) =>
    records.push({ kind, id, revision: 1, value: { id, ...value } });
  for (let n = 0; n < 100; n++)
    add('namespace', `n${n}`, { name: '', parent: 'global', hosts: [`*.n${n}.com`], default_policies: [] });
  for (let n = 0; n < size; n++) {
    const namespace = `n${n % 100}`;
    const and = [
      { user: { in: ['a', `u${n}`] } },
      { http_method: 'GET' },
      { http_path: { starts_with: '/x' } },
    ];
    add('policy', `p${n}`, { namespace, ppl: { allow: { and } }, enforced: false, mode: 'enforce' });
    const path = n % 10 === 0 ? { regex: `/x${n % 300}/[^/]+` } : { prefix: `/x${n}` };
    add('route', `r${n}`, { namespace, hosts: [`s.${namespace}.com`], path, policies: [`p${n}`] });
  }
  return { position: { epoch: 'e', revision: 1 }, records };
}

test('a snapshot of 10,000 routes and policies is built while others have their turn, and is the same', async (t) => {
  const stored = makeStored();
  let turns = 0;
  let built = false;
  const turn = () => {
    turns += 1;
    if (!built) setImmediate(turn);
  };
  setImmediate(turn);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  const snapshot = await buildSnapshotInSlices(stored, SETTINGS);
  built = true;
  const took = performance.now() - begun;
  delay.disable();
  // A figure and no measure: other tests run on the same machine.
  t.diagnostic(
    `${took.toFixed()} ms in ${turns} turns; event loop late by ${(delay.percentile(99) / 1e6).toFixed(1)} ms (p99), ${(delay.max / 1e6).toFixed(1)} ms (max)`,
  );
  assert.ok(turns >= 10, `${turns} turns`);
  const atOnce = buildSnapshot(stored, SETTINGS);
  assert.equal(snapshot.loaded.policies.size, atOnce.loaded.policies.size);
  assert.deepEqual(snapshot.faults, []);
  assert.ok(snapshot.routes.byId('r9999'));
});

/** The next snapshot: with these policies written anew, and the revisions that say so. */
function rewrite(stored: StoreContents, policies: Readonly<Record<string, unknown>>): StoreContents {
  const revision = stored.position.revision + 1;
  const records = stored.records.map((record) => {
    const ppl = record.kind === 'policy' ? policies[record.id] : undefined;
    if (ppl === undefined || typeof record.value !== 'object') return record;
    return { ...record, revision, value: { ...record.value, ppl } };
  });
  return { position: { ...stored.position, revision }, records };
}

test('what did not change is neither parsed nor compiled again', async () => {
  const stored = makeStored(100);
  const before = await buildSnapshotInSlices(stored, SETTINGS);
  const changed = rewrite(stored, { p7: { allow: { or: [{ accept: true }] } } });
  const after = await buildSnapshotInSlices(changed, SETTINGS, before);
  for (const kind of ['namespaces', 'policies', 'routes'] as const)
    for (const [id, record] of before.loaded[kind])
      assert.equal(after.loaded[kind].get(id) === record, id !== 'p7', `${kind} ${id}`);
  assert.ok(before.routes.regexes.size > 0);
  for (const [pattern, regex] of before.routes.regexes)
    assert.equal(after.routes.regexes.get(pattern), regex, pattern);
  const other = { ...changed, position: { epoch: 'other', revision: 2 } };
  const anew = await buildSnapshotInSlices(other, SETTINGS, after);
  for (const kind of ['namespaces', 'policies', 'routes'] as const)
    for (const [id, record] of after.loaded[kind]) assert.notEqual(anew.loaded[kind].get(id), record, id);
});

test('a long text is read on another thread, also by a snapshot that starts anew; if that fails, it is read here', async () => {
  const texts: string[] = [];
  let fails = false;
  const textReader: PolicyTextReader = {
    async read(text) {
      texts.push(text);
      if (fails) throw new Error('the thread failed');
      return text.includes('broken') ? { problem: 'broken' } : { canonical: canonicalPolicy(text) };
    },
  };
  const settings = { ...SETTINGS, textReader };
  const long = (who: string) => `# ${'x'.repeat(600)}\nallow:\n  or:\n    - user: ${who}\n`;
  const stored = rewrite(makeStored(10), { p1: long('alice') });
  const first = await buildSnapshotInSlices(stored, settings);
  assert.deepEqual(texts.splice(0), [long('alice')]);
  const next = rewrite(stored, { p1: long('bob'), p2: 'allow: {or: [user: bob]}', p3: long('broken') });
  const second = await buildSnapshotInSlices(next, settings, first);
  assert.deepEqual(texts, [long('bob'), long('broken')]);
  assert.deepEqual(second.faults, [{ kind: 'policy', id: 'p3', problem: 'policy p3: broken' }]);
  const loaded = second.loaded.policies.get('p1')?.result;
  assert.ok(loaded && 'compiled' in loaded);
  // The text that its author wrote is what explain shows.
  assert.equal(loaded.policy.ppl, long('bob'));
  assert.equal(loaded.compiled.clauses[0]?.criteria[0]?.name, 'user');
  fails = true;
  const third = await buildSnapshotInSlices(rewrite(next, { p1: long('carol') }), settings, second);
  assert.ok('compiled' in (third.loaded.policies.get('p1')?.result ?? {}));
});
