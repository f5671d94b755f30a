import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/observe/logger.ts';
import { createRecordFaults } from '../../src/observe/record-faults.ts';
import type { RecordProblem } from '../../src/snapshot/record-problem.ts';

function follow() {
  const lines: string[] = [];
  const counts: Record<string, number[]> = { namespace: [], policy: [], route: [] };
  const logger = createLogger({ level: 'info', to: { write: (line) => lines.push(line) } });
  const faults = createRecordFaults(logger, { setRecordFaults: (kind, count) => counts[kind]?.push(count) });
  const logged = () =>
    lines.splice(0).map((line) => {
      const { level, event, policy, route, namespace } = JSON.parse(line);
      return [level, event, policy ?? route ?? namespace];
    });
  return { faults, logged, counts };
}

const policy = (id: string, problem: string): RecordProblem => ({ kind: 'policy', id, problem });

test('a policy that can’t be used is logged once, however often snapshots come, until it changes', () => {
  const { faults, logged, counts } = follow();
  faults.note([policy('a', 'x')]);
  faults.note([policy('a', 'x')]);
  assert.deepEqual(logged(), [['warn', 'policy-fault', 'a']]);
  faults.note([policy('a', 'y'), policy('b', 'x')]);
  assert.deepEqual(logged(), [
    ['warn', 'policy-fault', 'a'],
    ['warn', 'policy-fault', 'b'],
  ]);
  assert.deepEqual(faults.current, ['policy a', 'policy b']);
  faults.note([policy('b', 'x')]);
  assert.deepEqual(logged(), [['info', 'policy-mended', 'a']]);
  faults.note([]);
  assert.deepEqual(faults.current, []);
  assert.deepEqual(counts.policy, [1, 1, 2, 1, 0]);
});

test('routes and namespaces that can’t be used are logged and counted apart, also with the id of a policy', () => {
  const { faults, logged, counts } = follow();
  faults.note([
    policy('a', 'x'),
    { kind: 'route', id: 'a', problem: 'x' },
    { kind: 'namespace', id: 'a', problem: 'x' },
  ]);
  assert.deepEqual(
    logged().map(([level, event, id]) => `${level} ${event} ${id}`),
    ['warn policy-fault a', 'warn route-fault a', 'error namespace-fault a'],
  );
  assert.deepEqual(counts, { namespace: [1], policy: [1], route: [1] });
  faults.note([]);
  assert.deepEqual(
    logged().map(([, event]) => event),
    ['policy-mended', 'route-mended', 'namespace-mended'],
  );
});
