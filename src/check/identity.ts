import { type AccountRefusal, type Caller, refuseCaller } from '../accounts/caller.ts';
import type { CallerDirectory } from '../accounts/caller-directory.ts';
import { isWithin } from '../accounts/namespace-tree.ts';
import type { PresentedCredential } from '../credentials/extract-credential.ts';
import type { BindingRefusal } from '../routes/match-request.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { TokenRefusal } from '../tokens/token-refusal.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { VerifiedToken } from '../tokens/verified-token.ts';

/** The caller that a request's credential identifies. */
export interface Identity {
  /** Why the credential does not count. Undefined if it does. */
  readonly refusal: TokenRefusal | AccountRefusal | undefined;
  /** The account of the token if its signature is valid and the account was found. */
  readonly caller: Caller | undefined;
  /** The claims of a token with a valid signature if its caller was not found. */
  readonly tokenWithoutCaller: VerifiedToken | undefined;
}

export interface Identification {
  readonly tokens: TokenVerifier;
  readonly callers: CallerDirectory;
}

/** Verifies the token and finds its account. Synchronous if both are cached. */
export function identify(
  { tokens, callers }: Identification,
  presented: PresentedCredential,
  now: number,
): Identity | Promise<Identity> {
  if ('malformed' in presented) return refused({ refused: 'token-invalid', detail: presented.malformed });
  return whenReady<VerifiedToken | TokenRefusal, Identity>(tokens.verify(presented.token, now), (token) => {
    if ('refused' in token) return refused(token);
    return whenReady<Caller | AccountRefusal, Identity>(callers.resolve(token), (caller) => {
      if ('refused' in caller) return refused({ ...caller, token });
      return { refusal: refuseCaller(caller, token, now), caller, tokenWithoutCaller: undefined };
    });
  });
}

function refused(refusal: TokenRefusal | AccountRefusal): Identity {
  const caller = 'caller' in refusal ? refusal.caller : undefined;
  return { refusal, caller, tokenWithoutCaller: caller ? undefined : refusal.token };
}

/** The caller if its credential counts and the request belongs to the account's namespace or one below. */
export function callerInScope(
  snapshot: Snapshot,
  { namespace }: Pick<BindingRefusal, 'namespace'>,
  { refusal, caller }: Identity,
): Caller | undefined {
  if (refusal || !caller || !namespace) return undefined;
  const home = snapshot.tree.nodes.get(caller.account.namespace);
  return home && isWithin(namespace, home) ? caller : undefined;
}

/** Continues synchronously with a value that is not a promise, so that a warm Check never waits for the event loop. */
export function whenReady<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
