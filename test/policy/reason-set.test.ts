import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOLDING } from '../../src/policy/criterion.ts';
import { POLICY_REASONS } from '../../src/policy/reason.ts';
import { NO_REASONS, reasonBit, reasonsOf } from '../../src/policy/reason-set.ts';

test('each reason has a bit of its own', () => {
  assert.equal(new Set(POLICY_REASONS.map(reasonBit)).size, POLICY_REASONS.length);
});

test('a set gives back the reasons put in, in their fixed order', () => {
  fc.assert(
    fc.property(fc.subarray([...POLICY_REASONS]), (reasons) => {
      const set = reasons.reduce((bits, reason) => bits | reasonBit(reason), NO_REASONS);
      assert.deepEqual(reasonsOf(set), reasons);
      assert.ok(Object.isFrozen(reasonsOf(set)));
    }),
  );
});

test('reasons are listed in the order of their names, as the vectors have them', () => {
  assert.deepEqual([...POLICY_REASONS], POLICY_REASONS.toSorted());
});

test('a criterion holds with every reason that says ok, and with none that says unauthorized or unauthenticated', () => {
  for (const reason of POLICY_REASONS) {
    const holds = (reasonBit(reason) & HOLDING) !== NO_REASONS;
    if (reason.endsWith('-ok')) assert.ok(holds, reason);
    if (/-unauth/.test(reason)) assert.ok(!holds, reason);
  }
});
