import type { AdminClient } from '../../client/admin-client.ts';
import { RemoteError } from '../../client/remote-error.ts';
import { OPERATIONS } from '../../contract/contract.ts';
import { OperationError } from '../../contract/operation-error.ts';

import type { TransactOptions } from '../../operations/changes/transact.ts';
import { noServiceAccount } from '../../operations/service-accounts.ts';
import { collect, eachOf } from './collect-pages.ts';
import type { AccountOperator, ShownAccount } from './operator.ts';

const { serviceAccounts } = OPERATIONS;
/** As many as a page may have. */
export const PAGE = 500;

/** Service accounts that an admin API keeps. */
export function remoteAccounts(client: AdminClient): AccountOperator {
  return {
    createAccount: ({ id, namespace, userId, impersonate, description, expiresAt, purpose }) =>
      asAccountError(
        client.call(serviceAccounts.create, {
          body: {
            ...(id !== undefined && { id }),
            namespace,
            user_id: userId,
            impersonate,
            description,
            ...momentOf(expiresAt),
            purpose,
          },
        }),
      ),

    rotateCredential: ({ id, purpose, expiresAt, label, oldValidForMs }) =>
      asAccountError(
        client.call(serviceAccounts.rotate, {
          params: { id },
          body: {
            purpose,
            label,
            ...momentOf(expiresAt),
            ...(oldValidForMs !== undefined && { old_valid_for_seconds: Math.ceil(oldValidForMs / 1000) }),
          },
        }),
      ),

    async revokeCredentials(id, only, how) {
      const query = queryOf(how);
      const { revoked } = await asAccountError(
        only === undefined
          ? client.call(serviceAccounts.revoke, { params: { id }, query })
          : client.call(serviceAccounts.revokeOne, { params: { id, credential: only }, query }),
      );
      return revoked;
    },

    setDisabled: (id, disabled, how) =>
      asAccountError(
        client.call(serviceAccounts[disabled ? 'disable' : 'enable'], {
          params: { id },
          query: queryOf(how),
        }),
      ),

    async deleteAccount(id, how) {
      const asked = client.call(serviceAccounts.remove, { params: { id }, query: queryOf(how) });
      await asAccountError(asked, noServiceAccount(id));
    },

    async listAccounts(namespace) {
      const all = eachOf((cursor) =>
        client.call(serviceAccounts.list, { query: { limit: PAGE, cursor, namespace } }),
      );
      try {
        const accounts = await collect(all);
        return accounts.filter((each) => namespace === undefined || each.namespace === namespace).map(shown);
      } catch (error) {
        // Of a namespace that is none there are no accounts.
        if (namespace !== undefined && error instanceof RemoteError && error.code === 'not-found') return [];
        throw error;
      }
    },

    async showAccount(id) {
      const { credentials, ...account } = await asAccountError(
        client.call(serviceAccounts.get, { params: { id } }),
      );
      return { ...shown(account), credentials };
    },
  };
}

function shown<A extends ShownAccount & { readonly credentials_expire_at: string | null }>({
  credentials_expire_at: _end,
  ...account
}: A): Omit<A, 'credentials_expire_at'> {
  return account;
}

function queryOf(how: TransactOptions = {}): { readonly dry_run: 'true' | 'false' } {
  return { dry_run: how.dryRun ? 'true' : 'false' };
}

function momentOf(time: number | undefined): { readonly expires_at?: string } {
  return time === undefined ? {} : { expires_at: new Date(time).toISOString() };
}

/**
 * What a server says of an account is what would be said here.
 * @param unknown what is said here where there is no such account; by default what the server says
 */
export async function asAccountError<T>(asked: Promise<T>, unknown?: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RemoteError && error.code === 'not-found' && error.detail !== '')
      throw new OperationError('not-found', unknown ?? error.detail);
    if (error instanceof RemoteError && error.code === 'refused')
      throw new OperationError('unprocessable', error.message);
    throw error;
  }
}
