import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AskedPath } from '../../src/routes/asked-path.ts';
import { PathMatch } from '../../src/routes/path-match-schema.ts';
import { PathRegex } from '../../src/routes/path-regex.ts';
import { PathTable } from '../../src/routes/path-table.ts';
import { readRequestPath, unkeptPart } from '../../src/routes/request-path.ts';
import { Route } from '../../src/routes/route-schema.ts';
import { unmatchablePath } from '../../src/routes/unmatchable-path.ts';

const WILDCARD =
  '"*" is not a wildcard in a path: a prefix covers everything below it, and {regex: expression} takes a pattern';
const never = (why: string) => `no request matches it: ${why}`;
const unsaid = (why: string, field: string) => never(`${why}, and the route does not say "${field}: keep"`);

describe('a route that no request can match is named with the reason', () => {
  const rows: readonly (readonly [match: object, route: object, why: string | undefined])[] = [
    [{ exact: '/x;v=1' }, {}, unsaid('it holds a semicolon', 'path_parameters')],
    [{ exact: '/x;v=1' }, { path_parameters: 'keep' }, undefined],
    [{ prefix: '/x;v=1' }, { encoded_slash: 'keep' }, unsaid('it holds a semicolon', 'path_parameters')],
    [{ prefix: '/x//y' }, {}, never('it holds an empty segment')],
    [{ prefix: '/x//' }, {}, never('it holds an empty segment')],
    [{ prefix: '//' }, {}, never('it holds an empty segment')],
    [{ exact: '/x//' }, {}, never('it holds an empty segment')],
    [{ exact: '/x/../y' }, {}, never('it holds a dot segment')],
    [{ prefix: '/x/.' }, {}, never('it holds a dot segment')],
    [{ prefix: '/x/..;y' }, { path_parameters: 'keep' }, never('it holds a dot segment')],
    [{ prefix: '/x/..%2Fy' }, { encoded_slash: 'keep' }, never('it holds a dot segment')],
    [{ prefix: '/x/*' }, {}, WILDCARD],
    [{ exact: '/x*' }, {}, WILDCARD],
    [{ prefix: '/**/y' }, {}, WILDCARD],
    [{ exact: '/a%2Fb' }, {}, unsaid('it holds an encoded slash', 'encoded_slash')],
    [{ exact: '/a%2Fb' }, { encoded_slash: 'keep' }, undefined],
    [{ exact: '/a\\b' }, {}, never('it holds a backslash')],
    [{ exact: '/a\0b' }, {}, never('it holds a control character')],
    [{ prefix: '/a\tb' }, {}, never('it holds a control character')],
    [{ exact: '/a\ud800' }, {}, 'no request can contain it: it is not valid Unicode'],
    [{ exact: '/' }, {}, undefined],
    [{ prefix: '/' }, {}, undefined],
    [{ prefix: '/x/' }, {}, undefined],
    [{ exact: '/x/' }, {}, undefined],
    [{ exact: '/a b/é/100%' }, {}, undefined],
    [{ exact: '/a?b#c' }, {}, undefined],
    [{ exact: "/~!$&'()+,:=@-_." }, {}, undefined],
    [{ regex: '/x/.*' }, {}, undefined],
    [{ regex: '/x//.*' }, {}, never('it holds an empty segment')],
    [{ regex: '/x/\\.\\./.*' }, {}, never('it holds a dot segment')],
    [{ regex: '/x/\\.\\..*' }, {}, undefined],
    [{ regex: '/x;v=[0-9]' }, {}, unsaid('it holds a semicolon', 'path_parameters')],
    [{ regex: '/x;v=[0-9]' }, { path_parameters: 'keep' }, undefined],
    [{ regex: '/a%2Fb.*' }, {}, unsaid('it holds an encoded slash', 'encoded_slash')],
    [{ regex: '/a%20b.*' }, {}, never('it is encoded twice')],
    [{ regex: 'x/.*' }, {}, never('it does not start with a slash')],
    [{ regex: '.*//.*' }, {}, undefined],
    [{ regex: '(?i)/x//y' }, {}, undefined],
  ];
  for (const [match, route, why] of rows)
    test(`${JSON.stringify(match)} ${JSON.stringify(route)}: ${why ?? 'can be matched'}`, () =>
      assert.equal(unmatchablePath(PathMatch.parse(match), route), why));
});

test('it agrees with the table: what is refused matches no request, and what is not matches one', () => {
  const part = fc.constantFrom('/', '/', 'a', 'b', '.', '..', ';', '%2F', '%', ' ', '\\', 'é', '?', '\0');
  const path = fc.array(part, { maxLength: 7 }).map((parts) => `/${parts.join('')}`);
  const reading = fc.record({
    encoded_slash: fc.constantFrom('keep' as const, 'refuse' as const),
    path_parameters: fc.constantFrom('keep' as const, 'refuse' as const, undefined),
  });
  fc.assert(
    fc.property(
      path,
      reading,
      fc.constantFrom('prefix', 'exact', 'regex'),
      path,
      (written, route, kind, below) => {
        const text = kind === 'regex' ? `${written.replaceAll(/[.?\\]/g, '\\$&')}.*` : written;
        const parsed = PathMatch.safeParse({ [kind]: text });
        if (!parsed.success) return;
        const { path_parameters, ...rest } = route;
        const placed = {
          route: Route.parse({
            ...{ id: 'r', namespace: 'n', path: parsed.data, ...rest },
            ...(path_parameters && { path_parameters }),
          }),
        };
        const table = new PathTable<typeof placed>();
        const regex = kind === 'regex' ? PathRegex.compile(text) : undefined;
        assert.ok(regex === undefined || regex instanceof PathRegex, text);
        table.add(placed, regex);
        const isMatched = (raw: string) => {
          const read = readRequestPath(raw);
          if (read.ambiguous !== undefined || unkeptPart(read, route) !== undefined) return false;
          return table.find(new AskedPath(read.path)) === placed;
        };
        const raw = written.split('%2F').map((text) => text.split('/').map(encodeURIComponent).join('/'));
        const candidates = [
          raw.join('%2F'),
          `${raw.join('%2F')}/`,
          `${raw.join('%2F')}_`,
          `${raw.join('%2F')}${below}`,
          below,
          written,
        ];
        const why = unmatchablePath(parsed.data, route);
        if (why === undefined) assert.ok(candidates.some(isMatched), written);
        else for (const each of candidates) assert.ok(!isMatched(each), `${written} matches ${each}: ${why}`);
      },
    ),
    { numRuns: 3000 },
  );
});
