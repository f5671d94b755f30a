import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readRequestPath, unkeptPart } from '../../src/routes/request-path.ts';

describe('a path is what every server reads: decoded, without its query', () => {
  const rows: [raw: string, path: string][] = [
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a/b.c', '/a/b.c'],
    ['/.hidden', '/.hidden'],
    ['/a..b/...', '/a..b/...'],
    ['/a.', '/a.'],
    ["/~!$&'()*+,:=@-_.", "/~!$&'()*+,:=@-_."],
    ['/%61dmin', '/admin'],
    ['/%41', '/A'],
    ['/a%20b', '/a b'],
    ['/%C3%A9t%c3%a9', '/été'],
    ['/%F0%9F%A6%80', '/\u{1F980}'],
    ['/100%25', '/100%'],
    ['/%25zz', '/%zz'],
    ['/a%3Fb', '/a?b'],
    ['/a%23b', '/a#b'],
    ['/a|b^c"<d>', '/a|b^c"<d>'],
    ['/?', '/'],
    ['/a?', '/a'],
    ['/a?b=/../;%2f%252f//\\#%00%', '/a'],
    ['/a?\u0001é \\', '/a'],
    ['/a?b?c', '/a'],
  ];
  for (const [raw, path] of rows)
    test(JSON.stringify(raw), () =>
      assert.deepEqual(readRequestPath(raw), {
        path,
        ambiguous: undefined,
        encodedSlash: false,
        pathParameters: false,
      }),
    );
});

describe('an encoded slash is kept, for the route to say what its upstream makes of it', () => {
  const rows: [raw: string, path: string][] = [
    ['/a%2fb', '/a%2Fb'],
    ['/a%2Fb', '/a%2Fb'],
    ['/%2f', '/%2F'],
    ['/a%2f', '/a%2F'],
    ['/%61%2F%62', '/a%2Fb'],
    ['/a%2fb?c=%5c', '/a%2Fb'],
  ];
  for (const [raw, path] of rows)
    test(raw, () =>
      assert.deepEqual(readRequestPath(raw), {
        path,
        ambiguous: undefined,
        encodedSlash: true,
        pathParameters: false,
      }),
    );
});

describe('a semicolon is kept, for the route to say what its upstream makes of it', () => {
  const rows: [raw: string, path: string, encodedSlash: boolean][] = [
    ['/a;b', '/a;b', false],
    ['/a;b=c/d', '/a;b=c/d', false],
    ['/a;', '/a;', false],
    ['/;/a', '/;/a', false],
    ['/a%3bb', '/a;b', false],
    ['/a%3Bb', '/a;b', false],
    ['/a...;x', '/a...;x', false],
    ['/a%2Fb;c', '/a%2Fb;c', true],
    ['/a;b?c;d', '/a;b', false],
  ];
  for (const [raw, path, encodedSlash] of rows)
    test(raw, () =>
      assert.deepEqual(readRequestPath(raw), {
        path,
        ambiguous: undefined,
        encodedSlash,
        pathParameters: true,
      }),
    );
  for (const { says, raw, unkept } of [
    { says: {}, raw: '/a;b', unkept: 'path_parameters' },
    { says: { path_parameters: 'refuse' }, raw: '/a;b', unkept: 'path_parameters' },
    { says: { encoded_slash: 'keep' }, raw: '/a;b', unkept: 'path_parameters' },
    { says: { path_parameters: 'keep' }, raw: '/a;b', unkept: undefined },
    { says: { path_parameters: 'keep' }, raw: '/a%2Fb;c', unkept: 'encoded_slash' },
    { says: { encoded_slash: 'keep' }, raw: '/a%2Fb;c', unkept: 'path_parameters' },
    { says: { encoded_slash: 'keep', path_parameters: 'keep' }, raw: '/a%2Fb;c', unkept: undefined },
  ] as const)
    test(`${raw} on a route with ${JSON.stringify(says)}`, () =>
      assert.equal(unkeptPart(readRequestPath(raw), says), unkept));
});

const NO_SLASH = 'it does not start with a slash';
const RAW = 'it holds a character that must be encoded';
const BACKSLASH = 'it holds a backslash';
const INVALID = 'its percent-encoding is not valid';
const TWICE = 'it is encoded twice';
const CONTROL = 'it holds a control character';
const EMPTY = 'it holds an empty segment';
const DOTS = 'it holds a dot segment';

describe('a path that two servers may read differently is ambiguous', () => {
  const rows: [raw: string, why: string][] = [
    ['', NO_SLASH],
    ['*', NO_SLASH],
    ['a', NO_SLASH],
    ['?', NO_SLASH],
    ['?a=/b', NO_SLASH],
    ['http://example.com/a', NO_SLASH],
    ['%2fa', NO_SLASH],
    ['\\a', NO_SLASH],
    [' /a', NO_SLASH],
    ['.', NO_SLASH],
    ['../a', NO_SLASH],
    ['/a b', RAW],
    ['/a\tb', RAW],
    ['/a\0', RAW],
    ['/\u007f', RAW],
    ['/é', RAW],
    ['/\u2215', RAW],
    ['/\ud800', RAW],
    ['/a#b', RAW],
    ['/a#', RAW],
    ['/a#?b', RAW],
    ['/a\\b', BACKSLASH],
    ['/a%5cb', BACKSLASH],
    ['/a%5Cb', BACKSLASH],
    ['/..%5c', BACKSLASH],
    ['/%', INVALID],
    ['/a%', INVALID],
    ['/a%2', INVALID],
    ['/%zz', INVALID],
    ['/%u002f', INVALID],
    ['/%%32%66', INVALID],
    ['/%2%66', INVALID],
    ['/%2%2f', INVALID],
    ['/%c0%af', INVALID],
    ['/%c0%ae%c0%ae/', INVALID],
    ['/%e0%80%af', INVALID],
    ['/%ff', INVALID],
    ['/%ed%a0%80', INVALID],
    ['/%252f', TWICE],
    ['/%252F', TWICE],
    ['/%25%32%66', TWICE],
    ['/%25%32f', TWICE],
    ['/%2525', TWICE],
    ['/%255c', TWICE],
    ['/%252e%252e/', TWICE],
    ['/%25%32%65', TWICE],
    ['/%253b', TWICE],
    ['/%2500', TWICE],
    ['/a%2fb%252f', TWICE],
    ['/%2541', TWICE],
    ['/%00', CONTROL],
    ['/a%00.png', CONTROL],
    ['/%0a', CONTROL],
    ['/%0d%0a', CONTROL],
    ['/%09', CONTROL],
    ['/%1f', CONTROL],
    ['/%7f', CONTROL],
    ['/a%2f%00', CONTROL],
    // To whoever cuts parameters off these are dot segments, whatever the route says of parameters.
    ['/..;/a', DOTS],
    ['/..;', DOTS],
    ['/a/.;x=1/b', DOTS],
    ['/a/%2e%2e%3b/b', DOTS],
    ['/a%2f..;x', DOTS],
    ['//', EMPTY],
    ['//a', EMPTY],
    ['/a//b', EMPTY],
    ['/a//', EMPTY],
    ['//?', EMPTY],
    ['/%61//', EMPTY],
    ['/.', DOTS],
    ['/..', DOTS],
    ['/./', DOTS],
    ['/../a', DOTS],
    ['/a/.', DOTS],
    ['/a/..', DOTS],
    ['/a/./b', DOTS],
    ['/a/../b', DOTS],
    ['/a/..?b', DOTS],
    ['/%2e', DOTS],
    ['/%2E%2e', DOTS],
    ['/a/.%2e/b', DOTS],
    ['/a/%2e./b', DOTS],
    ['/a/%2e%2E', DOTS],
    // To whoever decodes the slash after us these are dot segments, whatever the route says of encoded slashes.
    ['/a/..%2fb', DOTS],
    ['/a%2f..', DOTS],
    ['/a%2f..%2fb', DOTS],
    ['/a%2f%2e%2e%2fb', DOTS],
    ['/a%2f.', DOTS],
  ];
  for (const [raw, why] of rows)
    test(`${JSON.stringify(raw)}: ${why}`, () => {
      const { ambiguous, encodedSlash } = readRequestPath(raw);
      assert.deepEqual({ ambiguous, encodedSlash }, { ambiguous: why, encodedSlash: false });
    });
});

const piece = fc.constantFrom(
  ...[
    '/',
    '/',
    'a',
    'b',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    '%25',
    '%',
    '25',
    '2f',
    '2e',
    ';',
    '%3b',
    '%00',
    'é',
  ],
  ...['%C3%A9', '?', '#', ' ', '%20', '%61', '~', '\0', '%e0', '%80'],
);
const rawPath = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`);

describe('properties', () => {
  test('what is not ambiguous stays the same read once more, by a server that decodes, or merges, or resolves', () =>
    fc.assert(
      fc.property(rawPath, (raw) => {
        const read = readRequestPath(raw);
        if (read.ambiguous !== undefined || read.encodedSlash || read.pathParameters) return;
        assert.ok(!/[\\;\0-\x1f\x7f]/.test(read.path));
        assert.ok(!/%[0-9a-f]{2}/i.test(read.path), 'decoding once more would find something');
        assert.deepEqual(
          read.path
            .split('/')
            .slice(1, -1)
            .filter((s) => s === '' || s === '.' || s === '..'),
          [],
        );
        assert.ok(!['.', '..'].includes(read.path.split('/').at(-1) ?? ''));
      }),
      { numRuns: 5000 },
    ));

  test('any spelling of a plain path in percent-encoding is read as that path', () => {
    const plain = fc
      .array(fc.string({ unit: fc.constantFrom(...'abcXYZ019-_~'), minLength: 1, maxLength: 4 }))
      .map((s) => `/${s.join('/')}`);
    fc.assert(
      fc.property(plain, fc.infiniteStream(fc.boolean()), (path, encode) => {
        const raw = [...path]
          .map((c) =>
            c !== '/' && encode.next().value ? `%${c.charCodeAt(0).toString(16).padStart(2, '0')}` : c,
          )
          .join('');
        assert.deepEqual(readRequestPath(raw), {
          path,
          ambiguous: undefined,
          encodedSlash: false,
          pathParameters: false,
        });
      }),
    );
  });

  test('the query changes nothing', () =>
    fc.assert(
      fc.property(
        rawPath.filter((raw) => !raw.includes('?')),
        fc.string(),
        (raw, query) => assert.deepEqual(readRequestPath(`${raw}?${query}`), readRequestPath(raw)),
      ),
    ));

  test('any text at all is read without an error', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => void readRequestPath(raw)),
      { numRuns: 2000 },
    ));

  test('a megabyte of anything is read in linear time', () => {
    for (const text of ['/', '%2f', '%25', '.', '/.', '../', '%', 'a', '%2e', ';', '%C3%A9', '/a'])
      readRequestPath(`/${text.repeat(2 ** 20 / text.length)}`);
  });
});
