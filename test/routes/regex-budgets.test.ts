import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_REGEX_COST, PathRegex } from '../../src/routes/path-regex.ts';
import { RegexBudget, RegexBudgets } from '../../src/routes/regex-budgets.ts';
import { estimateRegexCost } from '../../src/routes/regex-cost.ts';
import { treeOf } from '../support/namespaces.ts';

/** The patterns that there is no room for, of those that come before. */
function refused(patterns: readonly string[]): string[] {
  const budget = new RegexBudget();
  return patterns.filter((pattern) => budget.add(pattern, estimateRegexCost(pattern)) !== undefined);
}

/** A cost of a hundred or so. */
const costly = (beginning: string, end = '') => `${beginning}(?:[^.]+,){21}${end}`;

describe('expressions count together where one path may meet them', () => {
  test('the third of a hundred', () => {
    const cost = estimateRegexCost(costly('/a/')).cost;
    assert.ok(cost > 86 && cost <= 128, `${cost}`);
    const budget = new RegexBudget();
    const add = (pattern: string) => budget.add(pattern, estimateRegexCost(pattern));
    assert.equal(add(costly('/a/', '1')), undefined);
    assert.equal(add(costly('/a/', '2')), undefined);
    const problem = add(costly('/a/', '3')) ?? '';
    const [, limit, sum, own] =
      /at most (\d+) in all .* got (\d+) with this one of (\d+)$/.exec(problem) ?? [];
    assert.equal(Number(limit), MAX_REGEX_COST);
    assert.ok(Number(sum) > MAX_REGEX_COST && Number(sum) <= 3 * Number(own) + 1, problem);
  });
  const rows: [what: string, patterns: string[], refused: number[]][] = [
    ['the same one counts once', [costly('/a/'), costly('/a/'), costly('/a/'), costly('/a/')], []],
    ['other first segments are not met', ['/a/', '/b/', '/c/', '/ab/'].map((each) => costly(each)), []],
    ['a segment that is not whole is no other', ['/a', '/b', '/c'].map((each) => costly(each)), [2]],
    ['above and below are met', [costly('/a/'), costly('/a/b/'), costly('/a/b/c/')], [2]],
    ['below and above too', [costly('/a/b/c/'), costly('/a/b/'), costly('/a/')], [2]],
    [
      'beside one another below are not',
      [costly('/a/'), costly('/a/b/'), costly('/a/c/'), costly('/a/d/')],
      [],
    ],
    ['what begins with anything is met', [costly('/a/b/'), costly('/a/'), costly('.*')], [2]],
    [
      'and meets everything',
      [costly('.*'), costly('/a/'), costly('/b/'), costly('/a/b/'), costly('/b/c/')],
      [3, 4],
    ],
    [
      'what was refused does not count',
      [costly('/a/'), costly('/a/', 'x'), costly('/a/', 'y'), '/a/[^/]+'],
      [2],
    ],
  ];
  for (const [what, patterns, expected] of rows)
    test(what, () =>
      assert.deepEqual(
        refused(patterns),
        expected.map((index) => patterns[index]),
      ),
    );
});

test('so many that do not begin as the path count, too', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `/r${index}/[^/]+`);
  const budget = new RegexBudget();
  const first = many.findIndex(
    (pattern) => budget.add(pattern, { cost: 5, beginning: pattern.slice(0, -5) }) !== undefined,
  );
  assert.ok(first > 20_000 && first < 70_000, `${first}`);
});

const beginning = fc
  .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 })
  .map((names) => names.map((name) => `/${name}`).join(''));
const expression = fc.record({
  beginning: fc.tuple(beginning, fc.constantFrom('', '/')).map(([whole, slash]) => whole + slash),
  cost: fc.integer({ min: 1, max: 150 }),
});

test('property: what is admitted stays within the bound for every path, and what is refused would not', () =>
  fc.assert(
    fc.property(
      fc.array(expression, { maxLength: 20 }),
      fc.array(beginning, { minLength: 1 }),
      (all, paths) => {
        const budget = new RegexBudget();
        const admitted: (typeof all)[number][] = [];
        for (const [index, each] of all.entries())
          if (budget.add(`${index}`, each) === undefined) admitted.push(each);
        for (const path of [...paths, ...all.map((each) => `${each.beginning}/x`)]) {
          const met = admitted.filter((each) => path.startsWith(each.beginning));
          const sum = met.reduce((total, { cost }) => total + cost, 0);
          assert.ok(sum <= MAX_REGEX_COST, `${path} meets ${sum}`);
        }
      },
    ),
    { numRuns: 2000 },
  ));

test('each holder of hosts has a budget of its own, and nothing is compiled twice', () => {
  const tree = treeOf({ a: ['global', ['a.com']], b: ['global', ['b.com']] });
  const [a, b] = ['a', 'b'].map((id) => tree.nodes.get(id));
  assert.ok(a && b);
  const budgets = new RegexBudgets(new Map());
  const ends = ['1', '2', '3'];
  const admitted = ends.map((end) => budgets.admit(a, costly('/', end)));
  assert.deepEqual(
    admitted.map((each) => each instanceof PathRegex),
    [true, true, false],
  );
  for (const [index, end] of ends.slice(0, 2).entries())
    assert.equal(budgets.admit(b, costly('/', end)), admitted[index]);
  const next = new RegexBudgets(budgets.compiled);
  for (const [index, end] of ends.slice(0, 2).entries())
    assert.equal(next.admit(a, costly('/', end)), admitted[index]);
  // Nor is what does not compile tried again.
  const broken = budgets.admit(b, '/(');
  assert.ok('problem' in broken);
  assert.equal(new RegexBudgets(budgets.compiled).admit(b, '/('), broken);
});
