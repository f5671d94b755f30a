import { type AccountRefusal, type Caller, refuseCaller } from '../accounts/caller.ts';
import type { CallerDirectory } from '../accounts/caller-directory.ts';
import type { PresentedCredential } from '../credentials/extract-credential.ts';
import type { TokenRefusal } from '../tokens/token-refusal.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { VerifiedToken } from '../tokens/verified-token.ts';
import { whenReady } from './when-ready.ts';

/** Who the credential says is calling, or why it can't be believed. */
export type Identity = Caller | TokenRefusal | AccountRefusal;

export interface Identification {
  readonly tokens: TokenVerifier;
  readonly callers: CallerDirectory;
}

/** Verifies the token and finds its account; at once where both are known already. */
export function identify(
  { tokens, callers }: Identification,
  presented: PresentedCredential,
  now: number,
): Identity | Promise<Identity> {
  if ('malformed' in presented) return { refused: 'token-invalid', detail: presented.malformed };
  return whenReady(tokens.verify(presented.token, now), (token) => {
    if ('refused' in token) return token;
    return whenReady(callers.resolve(token), (caller) =>
      'refused' in caller ? { ...caller, token } : (refuseCaller(caller, token, now) ?? caller),
    );
  });
}

/** Whose credential it was, as far as that is known after a good signature. */
export function callerOf(identity: Identity | undefined): Caller | undefined {
  if (identity === undefined || !('refused' in identity)) return identity;
  return 'caller' in identity ? identity.caller : undefined;
}

/** What a token with a good signature says of itself, if that is all that is known. */
export function unresolvedToken(identity: Identity | undefined): VerifiedToken | undefined {
  if (identity === undefined || !('refused' in identity) || callerOf(identity) !== undefined)
    return undefined;
  return identity.token;
}
