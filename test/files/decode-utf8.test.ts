import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8 } from '../../src/files/decode-utf8.ts';

const problemOf = (bytes: Uint8Array): string => {
  const result = decodeUtf8(bytes);
  assert.ok(typeof result === 'object', `taken as ${JSON.stringify(result)}`);
  return result.problem;
};

describe('bytes of a file', () => {
  test('that are UTF-8 are the text, without a byte order mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.startsWith('\ufeff'));
        assert.equal(decodeUtf8(Buffer.from(text)), text);
        assert.equal(decodeUtf8(Buffer.from(`\ufeff${text}`)), text);
      }),
    );
    assert.equal(decodeUtf8(Buffer.from('U+FFFD itself: \ufffd')), 'U+FFFD itself: \ufffd');
  });

  for (const [name, bytes, place] of [
    ['Windows-1252', Buffer.from('id,name\nzo\xeb,Zo\xeb\n', 'latin1'), 'byte 10 (line 2)'],
    ['a character cut short at the end', Buffer.from([0x61, 0xe2, 0x82]), 'byte 1 (line 1)'],
    ['a continuation alone', Buffer.from([0x0a, 0x0a, 0x80]), 'byte 2 (line 3)'],
    ['an overlong slash', Buffer.from([0xc0, 0xaf]), 'byte 0 (line 1)'],
    ['an overlong form of three bytes', Buffer.from([0xe0, 0x80, 0xaf]), 'byte 0 (line 1)'],
    ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 'byte 1 (line 1)'],
    ['a code point beyond Unicode', Buffer.from([0xf4, 0x90, 0x80, 0x80]), 'byte 0 (line 1)'],
    ['a byte that is in no UTF-8', Buffer.from([0x61, 0x62, 0xff]), 'byte 2 (line 1)'],
  ] as const)
    test(`that are ${name} are refused with the place of the first wrong one, counted from 0`, () => {
      assert.ok(
        problemOf(bytes).includes(`it is not UTF-8: ${place} belongs to no character`),
        problemOf(bytes),
      );
    });

  test('of UTF-16, as PowerShell writes it, are refused by its name', () => {
    assert.match(problemOf(Buffer.from('\ufeffa: b', 'utf16le')), /it is UTF-16 and not UTF-8/);
  });

  test('are never quoted', () => {
    assert.doesNotMatch(problemOf(Buffer.from('password: hunt\xe9r2', 'latin1')), /hunt|r2/);
  });

  test('are placed where text before is well-formed and what follows is not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (before) => {
        const start = Buffer.from(before);
        fc.pre(!(start[0] === 0xfe || start[0] === 0xff));
        const bytes = Buffer.concat([start, Buffer.from([0xff, 0x61])]);
        assert.match(problemOf(bytes), new RegExp(`byte ${start.length} `));
      }),
    );
  });
});
