import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseClaims, parseCompactJws } from '../../src/tokens/compact-jws.ts';
import { encodeJson } from '../support/token-fixture.ts';

const ALPHABET = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
const before = `${encodeJson({})}.${encodeJson({})}.`;

describe('a compact JWS', () => {
  test('is taken exactly where each segment is what its bytes encode to', () => {
    const signature = fc
      .array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: 9 })
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(signature, (text) => {
        const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
        const parsed = parseCompactJws(before + text);
        assert.equal(!('refused' in parsed), canonical, text);
        if (!('refused' in parsed))
          assert.equal(parsed.signatureLength, Buffer.from(text, 'base64url').length);
      }),
      { numRuns: 5000 },
    );
  });

  test('gives back whatever objects it was made of', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (header, claims) => {
          const has = (members: readonly string[], object: object) =>
            members.some((member) => Object.hasOwn(object, member));
          const plain =
            !has(['__proto__', 'crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'], header) &&
            !has(['__proto__'], claims);
          const [headerText, claimsText] = [JSON.stringify(header), JSON.stringify(claims)];
          const parsed = parseCompactJws(`${encodeJson(headerText)}.${encodeJson(claimsText)}.AAAA`);
          const payload = 'refused' in parsed ? parsed : parseClaims(parsed);
          assert.equal(!('refused' in payload), plain);
          if (!('refused' in parsed) && !('refused' in payload))
            assert.deepEqual(
              [parsed.header, payload.claims],
              [JSON.parse(headerText), JSON.parse(claimsText)],
            );
        },
      ),
    );
  });
});
