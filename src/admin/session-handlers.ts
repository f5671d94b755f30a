import type { z } from 'zod';
import { OperationError } from '../contract/operation-error.ts';
import type { SessionView } from '../contract/session.ts';
import type { Handlers } from '../operations/handler.ts';

import type { Session } from './sessions.ts';

export const SESSION_HANDLERS: Handlers['session'] = {
  async signIn(_request, { access, sessions, sessionId }) {
    if (access.session)
      throw new OperationError('forbidden', 'a session makes no other: show the credential in Authorization');
    // Whatever the client had before is not what it goes on with.
    if (sessionId !== undefined) sessions.end(sessionId);
    const started = sessions.start(access.token, access.now());
    return { body: describeSession(started.session), session: started };
  },

  async show(_request, { access }) {
    return { body: { session: access.session ? describeSession(access.session) : null } };
  },

  async signOut({ query }, { access, sessions, sessionId }) {
    const own = sessionId !== undefined && sessions.end(sessionId) ? 1 : 0;
    const others = query.everywhere ? sessions.endAll(access.token.accountId) : 0;
    return { body: { ended: own + others }, session: null };
  },
};

export function describeSession({ startedAt, endsAt, idleEndsAt }: Session): z.input<typeof SessionView> {
  return {
    started_at: new Date(startedAt).toISOString(),
    expires_at: new Date(endsAt).toISOString(),
    idle_expires_at: new Date(idleEndsAt).toISOString(),
  };
}
