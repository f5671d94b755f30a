import { userIdOf } from '../../accounts/service-account-schema.ts';
import { describeSession } from '../../admin/session-handlers.ts';
import { OperationError } from '../../contract/operation-error.ts';
import type { Handlers } from '../handler.ts';

export const SELF_HANDLERS: Handlers['self'] = {
  async whoami(_request, { reader, access }) {
    const { account, bindings } = await access.loadPrincipal(reader);
    const { author } = access;
    if (author.kind !== 'account') throw new OperationError('unauthenticated', 'nobody is signed in');
    const credential = await reader.find('credential', author.credential);
    return {
      body: {
        account: account.id,
        user_id: userIdOf(account),
        credential: author.credential,
        namespace: account.namespace,
        expires_at: credential?.expires_at ?? null,
        session: access.session ? describeSession(access.session) : null,
        roles: bindings.map(({ namespace, role }) => ({ namespace, role })),
      },
    };
  },
};
