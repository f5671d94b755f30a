import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthFor } from '../../src/app/heap-growth.ts';

const MIB = 1024 * 1024;

test('the more of the heap is needed, the less may it grow', () => {
  const table: [needed: number, percent: number][] = [
    [10, 300],
    [40, 175],
    [80, 38],
    [100, 25],
    [4000, 25],
  ];
  for (const [needed, percent] of table) assert.equal(growthFor(needed * MIB), percent, `${needed} MiB`);
});
