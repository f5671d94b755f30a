import type { z } from 'zod';
import { userIdOf } from '../accounts/service-account-schema.ts';
import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { SessionView } from '../contract/session.ts';
import type { Implementation } from './operation-context.ts';
import type { SessionTimes } from './principal.ts';

export const whoami: Implementation<Operations['self']['whoami']> = async (_input, { reader, principal }) => {
  const { author, session } = principal;
  const account = author.kind === 'account' && (await reader.find('service_account', author.account));
  if (author.kind !== 'account' || !account)
    throw new OperationError('unauthenticated', 'no service account is signed in');
  const credential = await reader.find('credential', author.credential);
  const bindings = await reader.bindingsOf(account.id);
  return {
    body: {
      account: account.id,
      user_id: userIdOf(account),
      credential: author.credential,
      namespace: account.namespace,
      expires_at: credential?.expires_at ?? null,
      session: session ? describeSession(session) : null,
      roles: bindings.map(({ namespace, role }) => ({ namespace, role })),
    },
  };
};

export function describeSession({
  startedAt,
  endsAt,
  idleEndsAt,
}: SessionTimes): z.input<typeof SessionView> {
  return {
    started_at: new Date(startedAt).toISOString(),
    expires_at: new Date(endsAt).toISOString(),
    idle_expires_at: new Date(idleEndsAt).toISOString(),
  };
}
