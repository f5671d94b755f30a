// Nothing that is sent to the control plane, and nothing that a tenant stores, stops or slows a Check. This is the one place
// where times are asserted, because here they are the requirement; ATTACK_FILTER picks rows by a part of their name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CONTROL_PLANE_MEMORY } from '../../src/app/supervise-control-plane.ts';
import { ATTACK_GROUPS } from '../support/attacks.ts';
import { writeFaultTable } from '../support/fault-table.ts';
import { type AttackMesh, startAttackMesh } from './attack-mesh.ts';
import { formatAttackTable } from './attack-table.ts';
import { type MeasuredAttack, measureAttack } from './measure-attack.ts';

/** A p99 below this is good whatever it is without the attack, in milliseconds. */
const GOOD_P99 = 30;
const MAX_FACTOR = 3;
/** Bytes of resident memory, as docs/reliability.md says them; `npm run test:compose` runs both in a container with a limit. */
const CONTROL_PLANE_BOUND = CONTROL_PLANE_MEMORY.resident * 2 ** 20;
const DATA_PLANE_BOUND = 300 * 2 ** 20;
const FILTER = process.env.ATTACK_FILTER ?? '';

const rows: MeasuredAttack[] = [];
after(() => {
  const table = formatAttackTable(rows);
  console.log(table);
  if (process.env.RELIABILITY === 'write' && FILTER === '') writeFaultTable('planes', table);
});

for (const { fill, attacks } of ATTACK_GROUPS) {
  const wanted = attacks.filter(({ name }) => name.includes(FILTER));
  if (wanted.length === 0) continue;
  describe(wanted.map(({ name }) => name).join('; '), () => {
    let mesh: AttackMesh;
    before(async () => {
      mesh = await startAttackMesh({ ...(fill && { fill }) });
    });
    after(() => mesh.stop());
    for (const attack of wanted)
      test(`${attack.name}: no Check fails, and none waits`, async () => {
        const row = await measureAttack(mesh, attack);
        rows.push(row);
        console.log(JSON.stringify(row));
        const answers = new Map(row.results.flatMap((result) => Object.entries(result.answers)));
        assert.ok(
          attack.reaches.length === 0 || attack.reaches.some((status) => answers.has(String(status))),
          `the attack was answered ${[...answers.keys()].join(', ')}`,
        );
        if (attack.commits) assert.ok((answers.get('committed') ?? 0) > 20, 'there were commits');
        assert.equal(row.during.failed, 0, `${row.during.failed} of ${row.during.count} Checks failed`);
        const allowed = Math.max(GOOD_P99, MAX_FACTOR * row.idle.p99);
        assert.ok(row.during.p99 <= allowed, `p99 ${row.during.p99} ms, idle ${row.idle.p99} ms`);
        assert.ok(row.controlPlanePeak > 0, 'the control plane was looked at');
        assert.ok(
          row.controlPlanePeak <= CONTROL_PLANE_BOUND,
          `the control plane had ${row.controlPlanePeak} bytes`,
        );
        assert.ok(
          row.dataPlanePeak > 0 && row.dataPlanePeak <= DATA_PLANE_BOUND,
          `the data plane had ${row.dataPlanePeak} bytes`,
        );
        assert.equal(row.restarts, 0, 'the control plane was started again');
      });
  });
}
