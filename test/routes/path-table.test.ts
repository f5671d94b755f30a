import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AskedPath } from '../../src/routes/asked-path.ts';
import { PathMatch } from '../../src/routes/path-match-schema.ts';
import { PathRegex } from '../../src/routes/path-regex.ts';
import { PATH_TOO_LONG, PathTable } from '../../src/routes/path-table.ts';
import { estimateRegexCost, LONGEST_PATH } from '../../src/routes/regex-cost.ts';
import { Route } from '../../src/routes/route-schema.ts';
import { RouteSpec } from '../../src/routes/route-spec.ts';

interface Entry {
  readonly route: Route;
}

/** A table of routes, each named by what it matches. */
function tableOf(matches: readonly (PathMatch | undefined)[]): PathTable<Entry> {
  const table = new PathTable<Entry>();
  for (const [index, path] of matches.entries()) {
    const route = Route.parse({ id: `r${index}`, namespace: 'global', ...(path ? { path } : {}) });
    table.add({ route }, path && 'regex' in path ? regexOf(path.regex) : undefined);
  }
  return table;
}

function regexOf(pattern: string): PathRegex | undefined {
  const regex = PathRegex.compile(pattern);
  return regex instanceof PathRegex ? regex : undefined;
}

/** The id of the route that is found. */
function findIn(table: PathTable<Entry>, path: string): string | undefined {
  const found = table.find(new AskedPath(path));
  if (found === undefined) return undefined;
  assert.ok(found !== PATH_TOO_LONG && 'route' in found, `${path} is found in no route`);
  return found.route.id;
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
      assert.equal(findIn(table, path), `r${found === 'any' ? ALL.length : found}`));

  test('and to none where there is none for any path', () =>
    assert.equal(tableOf(ALL).find(new AskedPath('/files')), undefined));
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
      assert.equal(tableOf([{ prefix }]).find(new AskedPath(path)) !== undefined, matches));
});

test('a regex matches the whole path, by RE2', () => {
  const table = tableOf([{ regex: '/a|/b' }]);
  assert.ok(table.find(new AskedPath('/a')));
  assert.ok(table.find(new AskedPath('/b')));
  assert.equal(table.find(new AskedPath('/ab')), undefined);
  assert.equal(table.find(new AskedPath('/a/b')), undefined);
  assert.equal(tableOf([{ regex: '/a$' }]).find(new AskedPath('/a\n')), undefined);
});

test('a regex that would backtrack takes linear time', () => {
  const table = tableOf([{ regex: '/(a+)+b' }, { regex: '/(a|aa)+$' }, { regex: '/(.*)*x' }]);
  assert.equal(table.find(new AskedPath(`/${'a'.repeat(LONGEST_PATH - 2)}!`)), undefined);
});

test('a path that is longer than regexes are asked about is found by exact path and prefix alone', () => {
  const long = `/${'a'.repeat(LONGEST_PATH)}`;
  const table = tableOf([{ regex: '/.*' }, { exact: long }, { prefix: '/p' }, undefined]);
  assert.equal(findIn(table, long.slice(1).replace('a', '/')), 'r0');
  assert.equal(findIn(table, long), 'r1');
  assert.equal(findIn(table, `/p${long}`), 'r2');
  assert.equal(table.find(new AskedPath(`${long}a`)), PATH_TOO_LONG);
  assert.equal(findIn(tableOf([{ exact: '/x' }, undefined]), `${long}a`), 'r1');
});

test('what comes to a regex that can not be used is found there, and by nothing after it', () => {
  const table = tableOf([{ exact: '/e' }, { regex: '/a.*' }, { regex: '(' }, { regex: '/b.*' }, undefined]);
  assert.equal(findIn(table, '/e'), 'r0');
  assert.equal(findIn(table, '/ab'), 'r1');
  for (const path of ['/b', '/x', '/']) {
    const found = table.find(new AskedPath(path));
    assert.ok(found !== undefined && found !== PATH_TOO_LONG && 'unusable' in found);
    assert.equal(found.unusable.route.id, 'r2');
  }
});

test('a route that is on several host patterns of a request is matched once for it', () => {
  const regex = regexOf('/a+');
  assert.ok(regex);
  const paths: string[] = [];
  const counted: PathRegex = Object.assign(Object.create(regex), {
    matches(path: string) {
      paths.push(path);
      return regex.matches(path);
    },
  });
  const route = Route.parse({ id: 'r', namespace: 'global', path: { regex: '/a+' } });
  const tables = Array.from({ length: 3 }, () => new PathTable<Entry>());
  for (const table of tables) table.add({ route }, counted);
  for (const path of ['/b', '/a']) {
    const asked = new AskedPath(path);
    for (const table of tables) assert.equal(table.find(asked) !== undefined, path === '/a');
  }
  assert.deepEqual(paths, ['/b', '/a']);
});

const written = (regex: string) => RouteSpec.safeParse({ id: 'r', namespace: 'n', path: { regex } });

test('what needs backtracking can not be written', () => {
  for (const regex of ['/(a)\\1', '/(?=a)', '/(?<!a)b', '/(', '/[', 'a{2000}']) {
    const issue = written(regex).error?.issues[0];
    assert.deepEqual(issue?.path, ['path', 'regex']);
    assert.match(issue?.message ?? '', /^expected a regular expression /, regex);
  }
});

describe('a regex that is too large can not be written, which says its cost and the limit, and is not compiled', () => {
  const rows: [regex: string, problem: RegExp][] = [
    [`/${'.{0,1000}'.repeat(100)}z`, /of a cost of at most 256, got one of \d{5,}$/],
    ['((a{1000}){1000}){1000}', /of a cost of at most 256, got one of \d{5,}$/],
    ['/(?:[^/]+/[^.]+){40}z', /of a cost of at most 256, got one of \d{3}$/],
    [`/${'a{500}'.repeat(3)}`, /of at most 1000 instructions, got one of up to 1503$/],
    [`[${'\\pL'.repeat(300)}]`, /of at most 50000 character ranges, got one of up to 450002$/],
    ['(?i)[\u0100-\u{1e942}]', /of at most 50000 character ranges/],
  ];
  for (const [regex, problem] of rows)
    test(regex.slice(0, 40), () => assert.match(written(regex).error?.issues[0]?.message ?? '', problem));
});

test('regexes as they are written in practice are far from too large', () => {
  for (const regex of [
    '/api/v[0-9]+/users/[^/]+',
    '/users/[^/]+/orders/[^/]+/items',
    '/items/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    '/(?:public|static|assets)/.*\\.(?:css|js|png|svg)',
    '(?i)/search/\\pL+',
  ])
    assert.ok(written(regex).success && estimateRegexCost(regex).cost <= 32, regex);
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
    assert.equal(findIn(tableOf([match, match]), example ?? ''), 'r0');
  }
  assert.equal(findIn(tableOf([{ prefix: '/a/' }, { prefix: '/a' }]), '/a/b'), 'r0');
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
        assert.equal(findIn(table, each), expected === -1 ? undefined : `r${expected}`, each);
      }
    }),
    { numRuns: 3000 },
  ));
