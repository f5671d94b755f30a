import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/observe/logger.ts';
import { createPolicyFaults } from '../../src/observe/policy-faults.ts';

function follow() {
  const lines: string[] = [];
  const counts: number[] = [];
  const logger = createLogger({ level: 'info', to: { write: (line) => lines.push(line) } });
  const faults = createPolicyFaults(logger, { setPolicyFaults: (count) => counts.push(count) });
  const logged = () =>
    lines.splice(0).map((line) => {
      const { level, event, policy } = JSON.parse(line);
      return [level, event, policy];
    });
  return { faults, logged, counts };
}

test('a policy that can’t be used is logged once, however often pictures come, until it changes', () => {
  const { faults, logged, counts } = follow();
  faults.note([{ policy: 'a', problem: 'x' }]);
  faults.note([{ policy: 'a', problem: 'x' }]);
  assert.deepEqual(logged(), [['warn', 'policy-fault', 'a']]);
  faults.note([
    { policy: 'a', problem: 'y' },
    { policy: 'b', problem: 'x' },
  ]);
  assert.deepEqual(logged(), [
    ['warn', 'policy-fault', 'a'],
    ['warn', 'policy-fault', 'b'],
  ]);
  assert.deepEqual(faults.current, ['a', 'b']);
  faults.note([{ policy: 'b', problem: 'x' }]);
  assert.deepEqual(logged(), [['info', 'policy-mended', 'a']]);
  faults.note([]);
  assert.deepEqual(faults.current, []);
  assert.deepEqual(counts, [1, 1, 2, 1, 0]);
});
