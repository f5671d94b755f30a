import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { buildPicture, buildPictureInSlices } from '../../src/check/picture.ts';
import type { StorePicture } from '../../src/store/port.ts';
import type { StoredRecord } from '../../src/store/record.ts';

const SIZE = 10_000;
const SETTINGS = { verifiesClientCertificates: false };

function makeStored(): StorePicture {
  const records: StoredRecord[] = [];
  const add = (kind: StoredRecord['kind'], id: string, value: object) =>
    records.push({ kind, id, revision: 1, value: { id, ...value } });
  for (let n = 0; n < 100; n++)
    add('namespace', `n${n}`, { name: '', parent: 'global', hosts: [`*.n${n}.com`], default_policies: [] });
  for (let n = 0; n < SIZE; n++) {
    const namespace = `n${n % 100}`;
    const and = [
      { user: { in: ['a', `u${n}`] } },
      { http_method: 'GET' },
      { http_path: { starts_with: '/x' } },
    ];
    add('policy', `p${n}`, { namespace, ppl: { allow: { and } }, enforced: false, mode: 'enforce' });
    const path = { prefix: `/x${n}` };
    add('route', `r${n}`, { namespace, hosts: [`s.${namespace}.com`], path, policies: [`p${n}`] });
  }
  return { position: { epoch: 'e', revision: 1 }, records };
}

test('a picture of 10,000 routes and policies is built while others have their turn, and is the same', async (t) => {
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
  const picture = await buildPictureInSlices(stored, SETTINGS);
  built = true;
  const took = performance.now() - begun;
  delay.disable();
  // A figure and no measure: other tests run on the same machine.
  t.diagnostic(
    `${took.toFixed()} ms in ${turns} turns; event loop late by ${(delay.percentile(99) / 1e6).toFixed(1)} ms (p99), ${(delay.max / 1e6).toFixed(1)} ms (max)`,
  );
  assert.ok(turns >= 10, `${turns} turns`);
  const atOnce = buildPicture(stored, SETTINGS);
  assert.equal(picture.loaded.policies.size, atOnce.loaded.policies.size);
  assert.deepEqual(picture.faults, []);
  assert.ok(picture.routes.byId('r9999'));
});
