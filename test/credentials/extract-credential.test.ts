import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { credentialHeadersToRemove } from '../../src/credentials/credential-headers.ts';
import { extractCredential, type PresentedCredential } from '../../src/credentials/extract-credential.ts';
import {
  AUTHORIZATION_SCHEMES,
  isCredentialHeader,
  OWN_HEADERS,
} from '../../src/credentials/header-schemes.ts';
import { NEVER_FORWARDED } from '../../src/envoy/identity-headers.ts';
import { headersOf } from '../support/headers-of.ts';

const JWT = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln';
const OTHER = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJiIn0.c2ln';

/** A credential of this mesh, as far as can be told without its signature. */
const OURS = 'b3Vycw.eyJpc3MiOiJ1cyJ9.c2ln';
const isMeantForUs = (token: string) => token.startsWith('b3Vycw.');

type Headers = Readonly<Record<string, string | readonly string[]>>;
const own = 'x-pomerium-authorization';

/** `scheme token`, `scheme malformed`, or `none`. */
function read(headers: Headers): string {
  const found = extractCredential(headersOf(headers), isMeantForUs);
  if (!found) return 'none';
  return `${shortNames[found.scheme]} ${'token' in found ? found.token : 'malformed'}`;
}
const shortNames: Record<PresentedCredential['scheme'], string> = {
  'x-pomerium-authorization': '1',
  'authorization-pomerium': '2',
  'authorization-bearer': '3',
};
const removed = (headers: Headers) =>
  credentialHeadersToRemove(
    headersOf(headers),
    extractCredential(headersOf(headers), isMeantForUs)?.scheme,
  ).join();

describe('each scheme is read in any letter case and with any white space around its parts', () => {
  const rows: [name: string, value: string, expected: string][] = [
    [own, JWT, `1 ${JWT}`],
    [own, `  ${JWT}\t`, `1 ${JWT}`],
    ['authorization', `Pomerium ${JWT}`, `2 ${JWT}`],
    ['authorization', `pomerium ${JWT}`, `2 ${JWT}`],
    ['authorization', `POMERIUM ${JWT}`, `2 ${JWT}`],
    ['authorization', `pOmErIuM ${JWT}`, `2 ${JWT}`],
    ['authorization', `Pomerium\t${JWT}`, `2 ${JWT}`],
    ['authorization', `  Pomerium   ${JWT}  `, `2 ${JWT}`],
    ['authorization', `Bearer Pomerium-${JWT}`, `3 ${JWT}`],
    ['authorization', `bearer pomerium-${JWT}`, `3 ${JWT}`],
    ['authorization', `BEARER POMERIUM-${JWT}`, `3 ${JWT}`],
    ['authorization', `bEaReR pOmErIuM-${JWT}`, `3 ${JWT}`],
    ['authorization', ` Bearer \t Pomerium-${JWT} `, `3 ${JWT}`],
    ['authorization', `Bearer Pomerium- ${JWT}`, `3 ${JWT}`],
  ];
  for (const [name, value, expected] of rows)
    test(`${name}: ${JSON.stringify(value)} is scheme ${expected[0]}`, () => {
      assert.equal(read({ [name]: value }), expected);
      assert.equal(removed({ [name]: value }), name === own ? '' : 'authorization');
    });
});

describe('what is empty, repeated or joined is malformed, and goes all the same', () => {
  const rows: [headers: Headers, expected: string][] = [
    [{ [own]: '' }, '1 malformed'],
    [{ [own]: ' \t ' }, '1 malformed'],
    [{ [own]: [JWT, JWT] }, '1 malformed'],
    [{ [own]: [JWT, ''] }, '1 malformed'],
    [{ [own]: ['', JWT] }, '1 malformed'],
    [{ [own]: `${JWT},${OTHER}` }, '1 malformed'],
    [{ [own]: `${JWT}, ${JWT}` }, '1 malformed'],
    [{ [own]: `${JWT},` }, '1 malformed'],
    [{ [own]: `,${JWT}` }, '1 malformed'],
    [{ [own]: `Bearer ${JWT}` }, '1 malformed'],
    [{ authorization: 'Pomerium' }, '2 malformed'],
    [{ authorization: 'Pomerium ' }, '2 malformed'],
    [{ authorization: 'pomerium,' }, '2 malformed'],
    [{ authorization: `Pomerium ${JWT}, Pomerium ${OTHER}` }, '2 malformed'],
    [{ authorization: `Pomerium ${JWT} ${OTHER}` }, '2 malformed'],
    [{ authorization: [`Pomerium ${JWT}`, `Pomerium ${JWT}`] }, '2 malformed'],
    [{ authorization: [`Pomerium ${JWT}`, ''] }, '2 malformed'],
    [{ authorization: [`Pomerium ${JWT}`, 'Basic dTpw'] }, '2 malformed'],
    [{ authorization: ['Basic dTpw', `Pomerium ${JWT}`] }, '2 malformed'],
    [{ authorization: `Basic dTpw, Pomerium ${JWT}` }, '2 malformed'],
    [{ authorization: `Basic dTpw,pomerium ${JWT}` }, '2 malformed'],
    [{ authorization: 'Bearer Pomerium-' }, '3 malformed'],
    [{ authorization: 'Bearer Pomerium- ' }, '3 malformed'],
    [{ authorization: `Bearer Pomerium-${JWT},Bearer Pomerium-${JWT}` }, '3 malformed'],
    [{ authorization: [`Bearer Pomerium-${JWT}`, `Bearer Pomerium-${OTHER}`] }, '3 malformed'],
    [{ authorization: [`Bearer ${JWT}`, `Bearer Pomerium-${OTHER}`] }, '3 malformed'],
    [{ authorization: `Bearer ${JWT}, Bearer Pomerium-${OTHER}` }, '3 malformed'],
    [{ authorization: `Bearer ${JWT},  BEARER  POMERIUM-${OTHER}` }, '3 malformed'],
    [{ authorization: [`Bearer Pomerium-${JWT}`, `Pomerium ${OTHER}`] }, '2 malformed'],
  ];
  for (const [headers, expected] of rows)
    test(`${JSON.stringify(headers).replaceAll(JWT, 'JWT').replaceAll(OTHER, 'OTHER')} is ${expected}`, () => {
      assert.equal(read(headers), expected);
      assert.equal(removed(headers), 'authorization' in headers ? 'authorization' : '');
    });
});

describe("an application's own Authorization is no credential and stays", () => {
  const values: (string | string[])[] = [
    'Basic dXNlcjpwYXNz',
    `Bearer ${JWT}`,
    'Bearer pomerium',
    'Bearer pomeriumx-abc',
    'Bearer my-Pomerium-abc',
    'Bearer',
    '',
    'Pomeriumx abc',
    'Pomerium-abc',
    'Pomerium=abc',
    'XPomerium abc',
    'Digest username="a", realm="pomerium", nonce="b"',
    'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c',
    ['Basic YQ==', 'Basic Yg=='],
  ];
  for (const value of values)
    test(JSON.stringify(value).replaceAll(JWT, 'JWT'), () => {
      assert.equal(read({ authorization: value }), 'none');
      assert.equal(removed({ authorization: value }), '');
      assert.equal(read({ [own]: JWT, authorization: value }), `1 ${JWT}`);
      assert.equal(removed({ [own]: JWT, authorization: value }), '');
    });

  test('and no headers at all hold none', () => assert.equal(read({}), 'none'));
});

describe('the first scheme that is present counts, good or bad', () => {
  const rows: [headers: Headers, expected: string][] = [
    [{ [own]: JWT, authorization: `Pomerium ${OTHER}` }, `1 ${JWT}`],
    [{ [own]: JWT, authorization: `Bearer Pomerium-${OTHER}` }, `1 ${JWT}`],
    [{ [own]: '', authorization: `Pomerium ${OTHER}` }, '1 malformed'],
    [{ [own]: [JWT, JWT], authorization: `Bearer Pomerium-${OTHER}` }, '1 malformed'],
    [{ [own]: JWT, authorization: [`Pomerium ${JWT}`, `Pomerium ${OTHER}`] }, `1 ${JWT}`],
  ];
  for (const [headers, expected] of rows)
    test(`${JSON.stringify(headers).replaceAll(JWT, 'JWT').replaceAll(OTHER, 'OTHER')} is ${expected}`, () => {
      assert.equal(read(headers), expected);
      assert.equal(removed(headers), 'authorization', 'what does not count is removed, too');
    });
});

const letterCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((c, i) => (upper[i] ? c.toUpperCase() : c.toLowerCase())).join(''));
const space = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });
const wideSpace = fc.string({ unit: fc.constantFrom(' ', '\t'), minLength: 1, maxLength: 3 });
const anything = fc.string({ unit: fc.constantFrom(...'abcPOMERIUMpomerium -.=,\t"', 'é'), maxLength: 12 });
const prefix = fc.oneof(
  fc.tuple(space, letterCase('pomerium'), wideSpace).map((parts) => parts.join('')),
  fc.tuple(space, letterCase('bearer'), wideSpace, letterCase('pomerium-')).map((parts) => parts.join('')),
);

describe('properties', () => {
  test('a credential of ours at the start of a value or of a joined element is always removed', () => {
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 3 }),
        prefix,
        anything,
        fc.array(anything),
        (before, ours, rest, others) => {
          const value = [...before, `${ours}${rest}`].join(',');
          for (const authorization of [value, [...others, value], [value, ...others]]) {
            assert.equal(removed({ authorization }), 'authorization');
            // And it never lets the request pass for one that brought no credential.
            assert.notEqual(read({ authorization }), 'none');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('whatever a credential is read from is removed, and what is not read stays', () => {
    const value = fc.oneof(
      anything,
      fc.tuple(prefix, anything).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), (authorization) => {
        assert.equal(removed({ authorization }) !== '', read({ authorization }) !== 'none');
      }),
      { numRuns: 2000 },
    );
  });

  test('a token that was read holds no white space and no comma, and was in the header', () => {
    const value = fc.oneof(
      anything,
      fc.tuple(prefix, anything).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(value, fc.constantFrom(own, 'authorization'), (text, name) => {
        const found = extractCredential(headersOf({ [name]: text }), isMeantForUs);
        if (!found || 'malformed' in found) return;
        assert.match(found.token, /^[^\s,]+$/);
        assert.ok(text.trim().endsWith(found.token));
      }),
      { numRuns: 2000 },
    );
  });

  test('a megabyte of separators is read in linear time', () => {
    for (const text of [',', ' ', ', ', 'bearer ', '\t,', 'pomerium,']) {
      const authorization = text.repeat(2 ** 20 / text.length);
      read({ authorization });
      removed({ authorization });
    }
  });
});

describe('a credential of ours as Bearer <jwt>: refused with the right form, and removed', () => {
  const rows: readonly (readonly [what: string, headers: Headers, expected: string, removed: boolean])[] = [
    ['alone', { authorization: `Bearer ${OURS}` }, '3 malformed', true],
    ['in any letter case', { authorization: `  bEARER\t ${OURS} ` }, '3 malformed', true],
    ['its signature broken', { authorization: `Bearer ${OURS}=` }, '3 malformed', true],
    ['beside scheme 1', { [own]: JWT, authorization: `Bearer ${OURS}` }, '3 malformed', true],
    ['after another one', { authorization: [`Bearer ${JWT}`, `Bearer ${OURS}`] }, '3 malformed', true],
    ['joined to another one', { authorization: `Bearer ${JWT}, Bearer ${OURS}` }, '3 malformed', true],
    ['beside scheme 2', { authorization: `Pomerium ${JWT}, Bearer ${OURS}` }, '2 malformed', true],
    ["another service's", { authorization: `Bearer ${JWT}` }, 'none', false],
    ["another service's, beside scheme 1", { [own]: JWT, authorization: `Bearer ${JWT}` }, `1 ${JWT}`, false],
    ['in another scheme', { authorization: `Token ${OURS}` }, 'none', false],
    ['as scheme 3', { authorization: `Bearer Pomerium-${OURS}` }, `3 ${OURS}`, true],
  ];
  for (const [what, headers, expected, isRemoved] of rows)
    test(what, () => {
      assert.equal(read(headers), expected);
      assert.equal(removed(headers), isRemoved ? 'authorization' : '');
    });

  test('the refusal names the three forms, and fits into a challenge', () => {
    const found = extractCredential(headersOf({ authorization: `Bearer ${OURS}` }), isMeantForUs);
    assert.ok(found && 'malformed' in found);
    for (const form of ['Bearer Pomerium-<jwt>', 'Pomerium <jwt>', 'X-Pomerium-Authorization: <jwt>'])
      assert.ok(found.malformed.includes(form), found.malformed);
    assert.match(found.malformed, /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,256}$/);
  });
});

test('a header that may carry a credential is known in any letter case, and no other is', () => {
  for (const name of ['X-Pomerium-Authorization', 'x-pomerium-authorization', 'AUTHORIZATION'])
    assert.ok(isCredentialHeader(name), name);
  for (const name of ['proxy-authorization', 'x-pomerium-jwt-assertion', 'cookie', ''])
    assert.ok(!isCredentialHeader(name), name);
});

test('every scheme of the table is read, and its header is removed', () => {
  for (const { form } of [...OWN_HEADERS, ...AUTHORIZATION_SCHEMES]) {
    const [name = '', value = ''] = form.replace('<jwt>', JWT).split(': ');
    const headers = { [name.toLowerCase()]: value };
    assert.match(read(headers), new RegExp(`^\\d ${JWT}$`));
    const isOwn = NEVER_FORWARDED.includes(name.toLowerCase());
    assert.equal(removed(headers), isOwn ? '' : 'authorization');
    assert.ok(isCredentialHeader(name));
  }
});
