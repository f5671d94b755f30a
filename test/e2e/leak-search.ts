import assert from 'node:assert/strict';
import type { VerifyUpstream } from '../support/verify-upstream.ts';

/** So much of a token in a row is a part of it, and no accident. */
const PART = 16;

/**
 * Searches every byte that *verify* received since the last call for any part of `jwt`. The assertion is taken out
 * first: it is Sallyport's own, and its claims may be written like those of the credential.
 */
export function assertNothingLeaked(upstream: VerifyUpstream, jwt: string, what: string): void {
  const received = upstream
    .takeBytes()
    .toString('latin1')
    .replaceAll(/^x-pomerium-jwt-assertion: \S+\r$/gim, '');
  assert.notEqual(received, '', `${what}: the request did not reach the service`);
  for (let at = 0; at + PART <= jwt.length; at += 1) {
    const part = jwt.slice(at, at + PART);
    assert.ok(
      !received.includes(part),
      `${what}: characters ${at} to ${at + PART} of the credential reached the service`,
    );
  }
}

/** Looks for one JWT, however it may be written. */
export interface LeakSearch {
  /** Which part of it is there, and how it is written; undefined where there is none. Text is searched as UTF-8. */
  find(content: Buffer | string): string | undefined;
  /** Throws where `content` holds a part of it. `where` names the content. */
  assertNotIn(where: string, content: Buffer | string): void;
}

/**
 * A search for either half of the signature (a credential without it is worth nothing, and half of it is already too
 * much) and for the payload as it was signed. What the payload says is no secret: account, user ID and `jti` are stored.
 */
export function searchFor(jwt: string): LeakSearch {
  const [header, payload, signature] = jwt.split('.');
  assert.ok(header && payload && signature && signature.length > 80, 'this is no signed JWT');
  const bytes = Buffer.from(signature, 'base64url');
  const parts: Readonly<Record<string, Buffer>> = {
    "the signature's first half": bytes.subarray(0, bytes.length / 2),
    "the signature's second half": bytes.subarray(bytes.length / 2),
    "the first half of the signature's text": Buffer.from(signature.slice(0, signature.length / 2)),
    "the second half of the signature's text": Buffer.from(signature.slice(signature.length / 2)),
    "the payload's text": Buffer.from(payload),
  };
  const needles = Object.entries(parts).flatMap(([part, bytes]) =>
    writingsOf(bytes).map(([writing, needle]) => ({ name: `${part}, ${writing}`, needle })),
  );
  const find = (content: Buffer | string) => {
    const haystack = typeof content === 'string' ? Buffer.from(content) : content;
    return needles.find(({ needle }) => haystack.includes(needle))?.name;
  };
  return {
    find,
    assertNotIn(where, content) {
      const found = find(content);
      assert.equal(found, undefined, `${where} holds ${found}`);
    },
  };
}

/** How bytes may be written, also where they are in the middle of something longer. */
function writingsOf(bytes: Buffer): [name: string, written: Buffer][] {
  const latin1 = bytes.toString('latin1');
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  const texts: [string, string][] = [
    // Read as if each byte were a character, as it is and as JSON escapes it.
    ['as latin1', latin1],
    ['as latin1 in JSON', JSON.stringify(latin1).slice(1, -1)],
    ...[0, 1, 2].flatMap((offset): [string, string][] => {
      const base64 = base64At(bytes, offset);
      return [
        [`in base64 at ${offset}`, base64],
        [`in base64url at ${offset}`, base64.replaceAll('+', '-').replaceAll('/', '_')],
      ];
    }),
    ...['', ' ', ':'].flatMap((separator): [string, string][] => [
      [`in hex with "${separator}"`, hex.join(separator)],
      [`in HEX with "${separator}"`, hex.join(separator).toUpperCase()],
    ]),
    ...[',', ', ', ' ', '\n'].map((separator): [string, string] => [
      `as numbers with ${JSON.stringify(separator)}`,
      bytes.join(separator),
    ]),
    [
      'as a column of numbers',
      JSON.stringify([...bytes], null, 1)
        .slice(1, -1)
        .trim(),
    ],
    ['as percent-encoded bytes', `%${hex.join('%')}`],
  ];
  return [
    ['as bytes', bytes],
    ...texts.flatMap(([name, text]): [string, Buffer][] => [
      [name, Buffer.from(text)],
      [`${name}, UTF-16`, Buffer.from(text, 'utf16le')],
    ]),
  ];
}

/** The characters that `bytes` alone decide where they begin `offset` bytes after a multiple of three. */
function base64At(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
}
