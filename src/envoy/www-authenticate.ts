import type { Deny } from '../check/decision.ts';
import { credentialFailed } from './refusal-status.ts';

/** What RFC 6750 §3 lets a quoted value hold: printable ASCII but for `"` and `\`. */
const NOT_QUOTABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;
const MAX_DESCRIPTION = 256;

/** The challenge of a 401; RFC 6750 §3. */
export function challenge(decision: Deny, realm: string): string {
  const parameters = [`realm="${quotable(realm)}"`];
  if (credentialFailed(decision)) {
    parameters.push('error="invalid_token"');
    if (decision.detail) parameters.push(`error_description="${quotable(decision.detail)}"`);
  }
  return `Bearer ${parameters.join(', ')}`;
}

function quotable(text: string): string {
  return text.slice(0, MAX_DESCRIPTION).replace(NOT_QUOTABLE, ' ');
}
