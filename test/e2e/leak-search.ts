import assert from 'node:assert/strict';
import type { VerifyUpstream } from '../../demo/verify-upstream.ts';

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
