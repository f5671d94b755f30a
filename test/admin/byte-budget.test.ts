import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from '../../src/admin/byte-budget.ts';

const open = () => new ByteBudget({ total: 100, each: 60, reserve: 20, small: 5 });

test('leases are given until the budget is used, and again once they are released', () => {
  const budget = open();
  const first = budget.lease('a', 50);
  assert.ok(first);
  assert.ok(budget.lease('b', 30));
  assert.equal(budget.lease('c', 10), undefined, 'only the reserve is left');
  first.release();
  first.release();
  assert.equal(budget.taken, 30);
  assert.ok(budget.lease('c', 10));
});

test('one holder has no more than its share', () => {
  const budget = open();
  assert.ok(budget.lease('a', 40));
  assert.equal(budget.lease('a', 21), undefined);
  assert.ok(budget.lease('b', 21));
});

test('small leases go into the reserve', () => {
  const budget = open();
  assert.ok(budget.lease('a', 40));
  assert.ok(budget.lease('b', 40));
  assert.equal(budget.lease('c', 6), undefined);
  assert.ok(budget.lease('c', 5));
});

test('a lease grows if there is room, and keeps its size if there is none', () => {
  const budget = open();
  const lease = budget.lease('a', 10);
  assert.ok(lease);
  assert.ok(lease.resize(60));
  assert.equal(lease.resize(61), false);
  assert.equal(budget.taken, 60);
  assert.ok(lease.resize(1));
  lease.release();
  assert.equal(lease.resize(10), false);
  assert.equal(budget.taken, 0);
});
