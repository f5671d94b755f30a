import type { Operations } from '../contract/contract.ts';
import type { InputOf, OutputOf } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import { describeSession } from '../operations/whoami.ts';
import type { Session, Sessions } from './sessions.ts';
import type { SignedIn } from './sign-in.ts';

export interface SessionContext {
  readonly principal: SignedIn;
  readonly sessions: Sessions;
  /** Of the session that the client shows, whether or not the client is signed in by it. */
  readonly sessionId: string | undefined;
}

/** What becomes of the cookie: set, or null to clear it; absent: it stays. */
export interface CookieChange {
  readonly session?: { readonly id: string; readonly session: Session } | null;
}

type Group = Operations['session'];

// Sessions end with this process: no other edge has them.

export function signIn({
  principal,
  sessions,
  sessionId,
}: SessionContext): OutputOf<Group['signIn']> & CookieChange {
  if (principal.session)
    throw new OperationError('forbidden', 'a session makes no other: show the credential in Authorization');
  // A session that the client had before ends here.
  if (sessionId !== undefined) sessions.end(sessionId);
  const started = sessions.start(principal.token, principal.now());
  return { body: describeSession(started.session), session: started };
}

export function showSession({ principal }: SessionContext): OutputOf<Group['show']> {
  return { body: { session: principal.session ? describeSession(principal.session) : null } };
}

export function signOut(
  { query }: InputOf<Group['signOut']>,
  { principal, sessions, sessionId }: SessionContext,
): OutputOf<Group['signOut']> & CookieChange {
  const own = sessionId !== undefined && sessions.end(sessionId) ? 1 : 0;
  const others = query.everywhere ? sessions.endAll(principal.token.accountId) : 0;
  return { body: { ended: own + others }, session: null };
}
