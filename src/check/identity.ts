import { type AccountRefusal, type Caller, refuseCaller } from '../accounts/caller.ts';
import type { CallerDirectory } from '../accounts/caller-directory.ts';
import type { PresentedCredential } from '../credentials/extract-credential.ts';
import type { TokenRefusal } from '../tokens/token-refusal.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
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
      'refused' in caller ? caller : (refuseCaller(caller, token, now) ?? caller),
    );
  });
}
