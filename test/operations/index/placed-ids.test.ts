import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type PlacedId,
  PlacedIds,
  type PlacedRow,
  type SortPosition,
} from '../../../src/operations/index/placed-ids.ts';

const NAMESPACES = ['n', 'm', 'o'];
const ids = fc.constantFrom(...Array.from({ length: 60 }, (_, index) => `id-${index}`));
const change = fc.record({
  id: ids,
  namespace: fc.option(fc.constantFrom(...NAMESPACES), { nil: undefined }),
});
/** One by one, and many at once, which are merged. */
const batch = fc.uniqueArray(change, { selector: ({ id }) => id, maxLength: 50 });

test('holds what a map and a sort would (property)', () => {
  fc.assert(
    fc.property(
      fc.array(batch, { maxLength: 8 }),
      fc.subarray(NAMESPACES),
      ids,
      (batches, covered, after) => {
        const placed = new PlacedIds();
        const known = new Map<string, string>();
        for (const changes of batches) {
          placed.apply(changes);
          for (const { id, namespace } of changes)
            if (namespace === undefined) known.delete(id);
            else known.set(id, namespace);
        }
        assert.deepEqual(placed.all(), new Map([...known].sort()));
        assert.equal(placed.size, known.size);
        const covers = (namespace: string) => covered.includes(namespace);
        const expected = [...known.keys()].sort().filter((id) => covers(known.get(id) ?? ''));
        for (const limit of [1, 3, 100]) {
          assert.deepEqual(placed.select(covers, { limit }), expected.slice(0, limit));
          assert.deepEqual(
            placed.select(covers, { after, limit }),
            expected.filter((id) => id > after).slice(0, limit),
          );
          assert.deepEqual(
            placed.select(covers, { after, limit, descending: true }),
            expected
              .filter((id) => id < after)
              .reverse()
              .slice(0, limit),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('finds what a filter and a sort would, page by page (property)', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.uniqueArray(fc.record({ change, fact: fc.integer({ min: 0, max: 3 }) }), {
          selector: ({ change }) => change.id,
        }),
        { maxLength: 6 },
      ),
      fc.subarray(NAMESPACES),
      fc.boolean(),
      fc.constantFrom('fact', 'namespace', 'id'),
      fc.integer({ min: 1, max: 7 }),
      (batches, covered, descending, by, limit) => {
        const placed = new PlacedIds(1);
        const known = new Map<string, { id: string; namespace: string; fact: number }>();
        for (const changes of batches) {
          placed.apply(
            changes.map(({ change: { id, namespace }, fact }) => ({ id, namespace, facts: [fact] })),
          );
          for (const {
            change: { id, namespace },
            fact,
          } of changes)
            if (namespace === undefined) known.delete(id);
            else known.set(id, { id, namespace, fact });
        }
        // By id, nothing is filtered: both have a way of their own.
        const keyOf = {
          id: undefined,
          namespace: (row: PlacedRow) => row.namespace,
          fact: (row: PlacedRow) => row.fact(0),
        }[by];
        const query = {
          covers: (namespace: string) => covered.includes(namespace),
          ...(keyOf && { keyOf, passes: (row: PlacedRow) => row.fact(0) > 0 }),
          descending,
          limit,
        };
        const keyOfKnown = ({ namespace, fact }: { namespace: string; fact: number }) =>
          ({ id: '', namespace, fact: String(fact) })[by];
        const expected = [...known.values()]
          .filter(({ namespace, fact }) => covered.includes(namespace) && (fact > 0 || by === 'id'))
          .map((record) => `${keyOfKnown(record)} ${record.id}`)
          .sort();
        if (descending) expected.reverse();
        const found: string[] = [];
        let after: SortPosition | undefined;
        do {
          const { positions, total } = placed.find({ ...query, after });
          assert.equal(total, expected.length);
          found.push(...positions.map(({ key, id }) => `${key === 0 && by === 'id' ? '' : key} ${id}`));
          after = positions.at(-1);
        } while (after);
        assert.deepEqual(found, expected);
      },
    ),
    { numRuns: 300 },
  );
});

test('a page of few among very many is found', () => {
  const placed = new PlacedIds();
  const many: PlacedId[] = Array.from({ length: 100_000 }, (_, index) => ({
    id: `id-${String(index).padStart(6, '0')}`,
    namespace: index % 50_000 === 7 ? 'mine' : 'others',
  }));
  placed.apply(many);
  assert.deepEqual(
    placed.select((namespace) => namespace === 'mine', { limit: 10 }),
    ['id-000007', 'id-050007'],
  );
});
