import type { FastifyRequest } from 'fastify';
import type { NamePattern } from '../accounts/name-pattern.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';

import { describeForeign, type SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import { SignedIn, signIn } from './sign-in.ts';

export interface Identifying {
  /** Verifies credentials made for the admin API. */
  readonly tokens: TokenVerifier;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  /** User IDs that only an admin of `global` may give to an account. */
  readonly reservedNames: readonly NamePattern[];
  now(): number;
}

/**
 * Authenticates by `Authorization` or, if it is absent, by a session cookie. An invalid credential beside a valid session
 * is rejected. Throws `OperationError`.
 */
export async function identify(
  request: FastifyRequest,
  { tokens, sessions, cookie, reservedNames, now }: Identifying,
): Promise<SignedIn> {
  const address = addressOf(request);
  const { authorization } = request.headers;
  const id = cookie.read(request);
  if (authorization !== undefined || id === undefined)
    return signIn(authorization, address, tokens, now, reservedNames);
  const foreign = describeForeign(request);
  if (foreign !== undefined) throw new OperationError('forbidden', foreign);
  const session = sessions.use(id, now());
  if (!session) throw new OperationError('unauthenticated', 'the session has ended: sign in again');
  return new SignedIn(session.token, address, now, reservedNames, session);
}

/** The client's IP address; `unix` on a Unix socket. */
export function addressOf({ socket }: FastifyRequest): string {
  return socket.remoteAddress ?? 'unix';
}
