import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { POLICY_REASONS, type PolicyReason } from '../../src/policy/policy-reason-schema.ts';
import { reasonOf } from '../../src/policy/reason.ts';
import { ReasonSet } from '../../src/policy/reason-set.ts';

const someReasons = fc.subarray([...POLICY_REASONS]);

function setOf(names: readonly PolicyReason[]): ReasonSet {
  const set = new ReasonSet();
  for (const name of names) set.add(reasonOf(name));
  return set;
}

test('a set has room for any number of reasons, and tells each from the others', () => {
  const count = 200;
  const indices = fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: count });
  fc.assert(
    fc.property(indices, indices, (one, other) => {
      const [set, added] = [new ReasonSet(), new ReasonSet()];
      for (const index of one) set.add({ index });
      for (const index of other) added.add({ index });
      const model = new Set(one);
      const agree = () => {
        for (let index = 0; index < count; index++) assert.equal(set.has({ index }), model.has(index));
        assert.equal(set.isEmpty, model.size === 0);
        assert.deepEqual(
          set.list(),
          POLICY_REASONS.filter((name) => model.has(reasonOf(name).index)),
        );
      };
      agree();
      set.addAll(added);
      for (const index of other) model.add(index);
      agree();
      for (const index of other) assert.ok(added.has({ index }));
      set.clear();
      model.clear();
      agree();
    }),
  );
});

test('each reason has an index of its own', () => {
  assert.equal(new Set(POLICY_REASONS.map((name) => reasonOf(name).index)).size, POLICY_REASONS.length);
});

test('a set gives back the reasons put in, in their fixed order', () => {
  fc.assert(
    fc.property(someReasons, (names) => {
      const set = setOf(names.toReversed());
      assert.deepEqual(set.list(), names);
      assert.equal(set.list(), setOf(names).list());
      assert.ok(Object.isFrozen(set.list()));
      assert.equal(set.isEmpty, names.length === 0);
      for (const name of POLICY_REASONS) assert.equal(set.has(reasonOf(name)), names.includes(name));
      set.clear();
      assert.deepEqual(set.list(), []);
    }),
  );
});

test('a set takes in another and leaves it as it is', () => {
  fc.assert(
    fc.property(someReasons, someReasons, (some, others) => {
      const [set, other] = [setOf(some), setOf(others)];
      set.addAll(other);
      assert.deepEqual(
        set.list(),
        POLICY_REASONS.filter((name) => some.includes(name) || others.includes(name)),
      );
      assert.deepEqual(other.list(), others);
    }),
  );
});

test('reasons are listed in the order of their names, as the vectors have them', () => {
  assert.deepEqual([...POLICY_REASONS], POLICY_REASONS.toSorted());
});

test('a criterion holds with every reason that says ok, and with none that says unauthorized or unauthenticated', () => {
  for (const name of POLICY_REASONS) {
    const { holds } = reasonOf(name);
    if (name.endsWith('-ok')) assert.ok(holds, name);
    if (/-unauth/.test(name)) assert.ok(!holds, name);
  }
});
