export type TokenReason = 'token-invalid' | 'token-expired' | 'token-not-yet-valid';

/** Why a token does not count. `detail` is for logs and `error_description`: it never quotes the token. */
export interface TokenRefusal {
  readonly refused: TokenReason;
  readonly detail: string;
}

export function refuseToken(detail: string, refused: TokenReason = 'token-invalid'): TokenRefusal {
  return { refused, detail };
}
