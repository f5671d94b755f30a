import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  normalizeHost,
  patternCovers,
  patternsCovering,
  patternsMatching,
} from '../../src/routes/host-pattern.ts';
import { HostPattern } from '../../src/routes/host-pattern-schema.ts';

describe('a host is compared without case, port and one trailing dot', () => {
  const rows: [raw: string, host: string | undefined][] = [
    ['api.example.com', 'api.example.com'],
    ['API.Example.COM', 'api.example.com'],
    ['api.example.com:443', 'api.example.com'],
    ['api.example.com:', 'api.example.com'],
    ['api.example.com:65535', 'api.example.com'],
    ['api.example.com.', 'api.example.com'],
    ['Api.Example.Com.:8443', 'api.example.com'],
    ['localhost', 'localhost'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['under_score.example', 'under_score.example'],
    ['10.0.0.1:80', '10.0.0.1'],
    ['[::1]', '[::1]'],
    ['[::1]:8080', '[::1]'],
    ['[2001:DB8::1]:443', '[2001:db8::1]'],
    ['[::ffff:10.0.0.1]', '[::ffff:10.0.0.1]'],
    // Garbage is no host, and so nobody's.
    ['', undefined],
    ['.', undefined],
    [':80', undefined],
    ['api.example.com..', undefined],
    ['.api.example.com', undefined],
    ['api..example.com', undefined],
    ['api.example.com:80:80', undefined],
    ['api.example.com:x', undefined],
    ['api.example.com:65536', undefined],
    ['api.example.com: 80', undefined],
    ['api.example.com :80', undefined],
    ['api.example.com,b.example.com', undefined],
    ['outbound|8080||svc', undefined],
    ['outbound|8080||svc.ns.svc.cluster.local:80', undefined],
    ['api.example.com:http', undefined],
    ['api.example.com:123456', undefined],
    ['api.example.com:65535', 'api.example.com'],
    ['api.example.com:65536', undefined],
    ['api.example.com:-1', undefined],
    ['-api.example.com', undefined],
    ['api-.example.com', undefined],
    ['*', undefined],
    ['*.example.com', undefined],
    ['a b', undefined],
    ['a\tb', undefined],
    ['a/b', undefined],
    ['a@b', undefined],
    ['user@api.example.com', undefined],
    ['a,b', undefined],
    ['a\0b', undefined],
    ['a%2eb', undefined],
    ['::1', undefined],
    ['[::1', undefined],
    ['::1]', undefined],
    ['[::1]x', undefined],
    ['[::1].', '[::1]'],
    ['[]', undefined],
    ['[fe80::1%25eth0]', undefined],
    ['http://api.example.com', undefined],
    ['bücher.example', undefined],
    ['a'.repeat(63), 'a'.repeat(63)],
    ['a'.repeat(64), undefined],
    [`${'a.'.repeat(200)}com`, undefined],
    // The Kelvin sign is no k, though it is so in lower case: nobody else would read it as one.
    ['\u212Aube.example.com', undefined],
  ];
  for (const [raw, host] of rows)
    test(`${JSON.stringify(raw.length > 70 ? `${raw.slice(0, 20)}…` : raw)} is ${host ?? 'no host'}`, () =>
      assert.equal(normalizeHost(raw), host));
});

describe('a pattern is a host, *.host or *', () => {
  const rows: [text: string, pattern: string | undefined][] = [
    ['*', '*'],
    ['API.example.com', 'api.example.com'],
    ['*.Example.com', '*.example.com'],
    ['*.com', '*.com'],
    ['[::1]', '[::1]'],
    ['', undefined],
    ['**', undefined],
    ['*.', undefined],
    ['*.*', undefined],
    ['*.*.com', undefined],
    ['a.*.com', undefined],
    ['*a.com', undefined],
    ['a.com:80', undefined],
    ['a.com.', undefined],
    ['https://a.com', undefined],
    ['a.com/b', undefined],
    ['*.[::1]', undefined],
    ['\u212Aube.example.com', undefined],
  ];
  for (const [text, pattern] of rows)
    test(`${JSON.stringify(text)} is ${pattern ?? 'refused'}`, () => {
      const result = HostPattern.safeParse(text);
      assert.equal(result.data, pattern);
      if (pattern === undefined)
        assert.match(result.error?.issues[0]?.message ?? '', /^expected a host such as/);
    });
});

describe('a pattern covers another one where it matches every host of it', () => {
  const rows: [outer: string, inner: string, covers: boolean][] = [
    ['*', '*', true],
    ['*', 'a.com', true],
    ['*', '*.a.com', true],
    ['*', '[::1]', true],
    ['a.com', 'a.com', true],
    ['a.com', 'b.a.com', false],
    ['a.com', '*', false],
    ['*.a.com', '*', false],
    ['*.a.com', 'a.com', false],
    ['*.a.com', 'b.a.com', true],
    ['*.a.com', 'c.b.a.com', true],
    ['*.a.com', 'xa.com', false],
    ['*.a.com', '*.a.com', true],
    ['*.a.com', '*.b.a.com', true],
    ['*.a.com', '*.com', false],
    ['*.a.com', '*.xa.com', false],
    ['a.com', '*.a.com', false],
    ['[::1]', '[::1]', true],
    ['[::1]', '[::2]', false],
  ];
  for (const [outer, inner, covers] of rows)
    test(`${outer} ${covers ? 'covers' : 'does not cover'} ${inner}`, () =>
      assert.equal(patternCovers(outer, inner), covers));
});

test('patterns that match a host come closest first', () => {
  assert.deepEqual(patternsMatching('a.b.c'), ['a.b.c', '*.b.c', '*.c', '*']);
  assert.deepEqual(patternsMatching('c'), ['c', '*']);
  assert.deepEqual(patternsMatching('[::ffff:1.2.3.4]'), ['[::ffff:1.2.3.4]', '*']);
});

const host = fc
  .array(fc.constantFrom('a', 'b', 'com'), { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'));
const anyHost = fc.oneof(
  { weight: 9, arbitrary: host },
  fc.constantFrom('[::1]', '[::ffff:1.2.3.4]', '1.2.3.4'),
);
const pattern = fc.oneof(
  anyHost,
  host.map((suffix) => `*.${suffix}`),
  fc.constant('*'),
);

describe('properties', () => {
  test('a pattern covers a host exactly where it is among those that match it', () =>
    fc.assert(
      fc.property(pattern, anyHost, (p, h) =>
        assert.equal(patternCovers(p, h), patternsMatching(h).includes(p)),
      ),
      { numRuns: 2000 },
    ));

  test('a pattern covers another exactly where it is among those that cover it', () =>
    fc.assert(
      fc.property(pattern, pattern, (p, q) =>
        assert.equal(patternCovers(p, q), patternsCovering(q).includes(p)),
      ),
      { numRuns: 2000 },
    ));

  test('covering is transitive, and holds both ways for equals alone', () =>
    fc.assert(
      fc.property(pattern, pattern, pattern, (p, q, r) => {
        if (patternCovers(p, q) && patternCovers(q, r)) assert.ok(patternCovers(p, r));
        if (patternCovers(p, q) && patternCovers(q, p)) assert.equal(p, q);
      }),
      { numRuns: 2000 },
    ));

  test('of the patterns that match a host, or cover a pattern, each one is covered by all that come after it', () =>
    fc.assert(
      fc.property(pattern, (p) => {
        for (const list of [patternsCovering(p), ...(p.startsWith('*') ? [] : [patternsMatching(p)])])
          for (const [index, closer] of list.entries())
            for (const wider of list.slice(index)) assert.ok(patternCovers(wider, closer));
      }),
    ));

  test('a normalized host is a pattern for itself and stays as it is', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webAuthority(),
          fc.domain(),
          fc.ipV6().map((ip) => `[${ip}]:443`),
        ),
        (raw) => {
          const normal = normalizeHost(raw);
          if (normal === undefined) return;
          assert.equal(normalizeHost(normal), normal);
          assert.equal(normalizeHost(`${normal.toUpperCase()}.:8080`), normal);
          assert.equal(HostPattern.parse(normal), normal);
        },
      ),
      { numRuns: 2000 },
    ));
});
