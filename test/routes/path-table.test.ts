import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PathMatch } from '../../src/routes/path-match.ts';
import { PathTable } from '../../src/routes/path-table.ts';
import { Route } from '../../src/routes/route.ts';

interface Entry {
  readonly route: Route;
}

/** A table of routes, each named by what it matches. */
function tableOf(matches: readonly (PathMatch | undefined)[]): PathTable<Entry> {
  const table = new PathTable<Entry>();
  for (const [index, path] of matches.entries())
    table.add({ route: Route.parse({ id: `r${index}`, namespace: 'global', ...(path ? { path } : {}) }) });
  return table;
}

const ALL: PathMatch[] = [
  { exact: '/api' },
  { exact: '/api/v1/users' },
  { prefix: '/api' },
  { prefix: '/api/v1/' },
  { prefix: '/api/v1/users' },
  { regex: '/files/[0-9]+' },
  { regex: '/files/.*' },
  { regex: '/api.*' },
];

describe('exact goes before the longest prefix, that before regexes in their order, those before any path', () => {
  const rows: [path: string, found: number | 'any'][] = [
    ['/api', 0],
    ['/api/', 2],
    ['/api/v1', 3],
    ['/api/v1/', 3],
    ['/api/v1/user', 3],
    ['/api/v1/users', 1],
    ['/api/v1/users/', 4],
    ['/api/v1/users/7/x/y/z', 4],
    ['/api/v10', 2],
    ['/apix', 7],
    ['/files/12', 5],
    ['/files/x', 6],
    ['/files', 'any'],
    ['/x/files/12', 'any'],
    ['/API', 'any'],
    ['/', 'any'],
  ];
  const table = tableOf([...ALL, undefined]);
  for (const [path, found] of rows)
    test(`${path} belongs to ${found === 'any' ? 'the route for any path' : JSON.stringify(ALL[found])}`, () =>
      assert.equal(table.find(path)?.route.id, `r${found === 'any' ? ALL.length : found}`));

  test('and to none where there is none for any path', () =>
    assert.equal(tableOf(ALL).find('/files'), undefined));
});

describe('a prefix ends at the end of a segment', () => {
  const rows: [prefix: string, path: string, matches: boolean][] = [
    ['/', '/', true],
    ['/', '/a', true],
    ['/a', '/a', true],
    ['/a', '/a/', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a/', '/a', true],
    ['/a/', '/a/b', true],
    ['/a/', '/ab', false],
    ['/a/b', '/a', false],
    ['/a/b', '/a/bc/b', false],
    // Whether an encoded slash ends a segment is what nobody knows: it does not, and routes refuse it unless told otherwise.
    ['/a', '/a%2Fb', false],
  ];
  for (const [prefix, path, matches] of rows)
    test(`${prefix} ${matches ? 'matches' : 'does not match'} ${path}`, () =>
      assert.equal(tableOf([{ prefix }]).find(path) !== undefined, matches));
});

test('a regex matches the whole path, by RE2', () => {
  const table = tableOf([{ regex: '/a|/b' }]);
  assert.ok(table.find('/a'));
  assert.ok(table.find('/b'));
  assert.equal(table.find('/ab'), undefined);
  assert.equal(table.find('/a/b'), undefined);
  assert.equal(tableOf([{ regex: '/a$' }]).find('/a\n'), undefined);
});

test('a regex that would backtrack takes linear time', () => {
  const table = tableOf([{ regex: '/(a+)+b' }, { regex: '/(a|aa)+$' }, { regex: '/(.*)*x' }]);
  assert.equal(table.find(`/${'a'.repeat(5000)}!`), undefined);
});

test('what needs backtracking is no path match', () => {
  for (const regex of ['/(a)\\1', '/(?=a)', '/(?<!a)b', '/(', '/[', 'a{2000}'])
    assert.match(
      PathMatch.safeParse({ regex }).error?.issues[0]?.message ?? '',
      /^expected a regular expression in RE2 syntax/,
    );
});

test('a path match is one of exact, prefix and regex, and exact and prefix start with a slash', () => {
  for (const bad of [
    {},
    { exact: '/a', prefix: '/a' },
    { exact: 'a' },
    { prefix: '' },
    { exact: 1 },
    'x',
    { suffix: '/a' },
  ])
    assert.ok(!PathMatch.safeParse(bad).success, JSON.stringify(bad));
});

test('whether the path decides is known before a request comes', () => {
  assert.equal(tableOf([undefined]).decidesByPath, false);
  for (const match of ALL) assert.equal(tableOf([undefined, match]).decidesByPath, true);
});

test('of two that claim the same the first keeps it', () => {
  for (const match of [...ALL, undefined]) {
    const example =
      match === undefined
        ? '/z'
        : [
            '/api',
            '/api/v1/users',
            '/api/x',
            '/api/v1/x',
            '/api/v1/users/x',
            '/files/1',
            '/files/x',
            '/api!',
          ][ALL.indexOf(match)];
    assert.equal(tableOf([match, match]).find(example ?? '')?.route.id, 'r0');
  }
  assert.equal(tableOf([{ prefix: '/a/' }, { prefix: '/a' }]).find('/a/b')?.route.id, 'r0');
});

/** What the table should find, looked for in the plainest way. */
function findNaively(matches: readonly (PathMatch | undefined)[], path: string): number {
  const exact = matches.findIndex((match) => match && 'exact' in match && match.exact === path);
  if (exact !== -1) return exact;
  let longest = -1;
  let best = -1;
  for (const [index, match] of matches.entries()) {
    if (!match || !('prefix' in match)) continue;
    const segments = match.prefix.split('/').filter((segment) => segment !== '');
    const head = path
      .split('/')
      .filter((segment) => segment !== '')
      .slice(0, segments.length);
    if (head.join('/') !== segments.join('/') || segments.length <= longest) continue;
    longest = segments.length;
    best = index;
  }
  if (best !== -1) return best;
  const regex = matches.findIndex(
    (match) => match && 'regex' in match && new RegExp(`^(?:${match.regex})$`).test(path),
  );
  return regex === -1 ? matches.indexOf(undefined) : regex;
}

const path = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 }), fc.boolean())
  .map(([segments, slash]) => (segments.length === 0 ? '/' : `/${segments.join('/')}${slash ? '/' : ''}`));
const match = fc.oneof(
  path.map((exact) => ({ exact })),
  path.map((prefix) => ({ prefix })),
  fc
    .tuple(path, fc.constantFrom('', '.*', '[ab]', '(/a)+'))
    .map(([start, end]) => ({ regex: `${start}${end}` })),
  fc.constant(undefined),
);

test('property: the table finds what a search through all routes finds', () =>
  fc.assert(
    fc.property(fc.array(match, { maxLength: 8 }), fc.array(path, { minLength: 1 }), (matches, paths) => {
      const table = tableOf(matches);
      for (const each of paths) {
        const expected = findNaively(matches, each);
        assert.equal(table.find(each)?.route.id, expected === -1 ? undefined : `r${expected}`, each);
      }
    }),
    { numRuns: 3000 },
  ));
