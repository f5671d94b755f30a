import { z } from 'zod';
import { Flag, isTrue, operation } from './operation.ts';

const Moment = z.string();

/** How long a session may still last. */
export const SessionView = z.strictObject({
  started_at: Moment,
  expires_at: Moment.describe('At the latest, however much it is used.'),
  idle_expires_at: Moment.describe('Unless something is asked before.'),
});

export const SESSION_OPERATIONS = {
  signIn: operation({
    method: 'POST',
    path: '/session',
    summary: 'Sign in with the credential in Authorization; the answer sets a cookie that stands for it',
    access: 'signed-in',
    status: 201,
    response: SessionView,
  }),
  show: operation({
    method: 'GET',
    path: '/session',
    summary: 'Say how long the session lasts; null where a credential was shown instead',
    access: 'signed-in',
    response: z.strictObject({ session: SessionView.nullable() }),
  }),
  signOut: operation({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out; with everywhere, end every session of the account',
    access: 'signed-in',
    query: z.strictObject({ everywhere: Flag.default('false').transform(isTrue) }),
    response: z.strictObject({ ended: z.int().describe('How many sessions there were.') }),
  }),
};
