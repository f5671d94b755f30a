import type { VerifiedToken } from './verified-token.ts';

export type TokenReason = 'token-invalid' | 'token-expired' | 'token-not-yet-valid';

/** Why a token does not count. */
export interface TokenRefusal {
  readonly refused: TokenReason;
  /** Also for `error_description`. Never quotes the token, and never says what would be accepted. */
  readonly detail: string;
  /** What an operator can do about it. Only for the log and `explain`. Quotes bounded parts of the token. */
  readonly hint?: string;
  /** The claims, if the signature is valid. */
  readonly token?: VerifiedToken;
}

export function refuseToken(detail: string, refused: TokenReason = 'token-invalid'): TokenRefusal {
  return { refused, detail };
}

const MAX_QUOTED = 128;

/** Quotes a claim in a hint. */
export function quoteClaim(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'no text';
}
