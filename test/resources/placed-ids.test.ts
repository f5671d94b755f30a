import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PlacedIds } from '../../src/resources/placed-ids.ts';

const id = fc.constantFrom(...'abcdefghijklmnop');
const change = fc.record({ id, namespace: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }) });
/** Each id once; few that are put in one by one, and many that are merged in. */
const changes = fc.uniqueArray(change, { selector: (each) => each.id, maxLength: 16 });
const bulk = fc
  .uniqueArray(fc.nat(200), { minLength: 40, maxLength: 80 })
  .map((numbers) => numbers.map((n) => ({ id: `n${n}`, namespace: n % 3 === 0 ? undefined : 'x' })));

describe('ids by namespace', () => {
  test('are what a plain map says, in order, page by page and in both directions (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(changes, bulk), { maxLength: 8 }),
        fc.subarray(['x', 'y', 'z']),
        (commits, seen) => {
          const ids = new PlacedIds();
          const plain = new Map<string, string>();
          for (const commit of commits) {
            ids.apply(commit);
            for (const { id, namespace } of commit)
              if (namespace === undefined) plain.delete(id);
              else plain.set(id, namespace);
          }
          assert.deepEqual(new Map([...ids.all()].sort()), new Map([...plain].sort()));
          assert.equal(ids.size, plain.size);
          const covers = (namespace: string) => seen.includes(namespace);
          const expected = [...plain]
            .filter(([, namespace]) => covers(namespace))
            .map(([each]) => each)
            .sort();
          for (const descending of [false, true]) {
            const paged: string[] = [];
            for (let page = ids.select(covers, { limit: 3, descending }); page.length > 0; ) {
              paged.push(...page);
              page = ids.select(covers, { limit: 3, descending, after: page.at(-1) });
            }
            assert.deepEqual(descending ? paged.reverse() : paged, expected);
          }
        },
      ),
    );
  });

  test('go on after an id that is not there any more', () => {
    const ids = new PlacedIds();
    ids.apply(['a', 'c', 'e'].map((each) => ({ id: each, namespace: 'x' })));
    assert.deepEqual(
      ids.select(() => true, { after: 'b', limit: 5 }),
      ['c', 'e'],
    );
    assert.deepEqual(
      ids.select(() => true, { after: 'd', limit: 5, descending: true }),
      ['c', 'a'],
    );
  });
});
