import { z } from 'zod';
import { Flag, isTrue, operation } from './operation.ts';

const Moment = z.string();

export const SessionView = z
  .strictObject({
    started_at: Moment.describe('When it was started.'),
    expires_at: Moment.describe('When it ends, however much it is used.'),
    idle_expires_at: Moment.describe('When it ends unless a request is made before.'),
  })
  .meta({
    id: 'Session',
    description: 'How long a session lasts.',
    example: {
      started_at: '2026-11-20T10:00:00.000Z',
      expires_at: '2026-11-20T22:00:00.000Z',
      idle_expires_at: '2026-11-20T11:00:00.000Z',
    },
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
    response: z
      .strictObject({
        session: SessionView.nullable().describe(
          'Null if the request has a credential in place of a session.',
        ),
      })
      .describe('The session, if there is one.'),
  }),
  signOut: operation({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out; with everywhere, end every session of the account',
    access: 'signed-in',
    query: z.strictObject({
      everywhere: Flag.default('false').transform(isTrue).describe('End every session of the account.'),
    }),
    response: z
      .strictObject({ ended: z.int().describe('How many sessions there were.') })
      .describe('What was ended.'),
  }),
};
