import type { VerifiedToken } from './verified-token.ts';

export type TokenReason = 'token-invalid' | 'token-expired' | 'token-not-yet-valid';

/** Why a token does not count. */
export interface TokenRefusal {
  readonly refused: TokenReason;
  /** For `error_description`, too: it never quotes the token, and tells nothing of what would have been accepted. */
  readonly detail: string;
  /** What an operator can do about it: for the log and `explain`, never for the caller. Parts of the token in it are bounded. */
  readonly hint?: string;
  /** What the token says of itself, if its signature is valid. */
  readonly token?: VerifiedToken;
}

export function refuseToken(detail: string, refused: TokenReason = 'token-invalid'): TokenRefusal {
  return { refused, detail };
}

const MAX_QUOTED = 128;

/** A part of a token for a hint. */
export function quoteClaim(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'no text';
}
