import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { accountWrite } from './changes/credential-writes.ts';
import { transact } from './changes/transact.ts';
import { requireAccount } from './find-service-account.ts';
import type { Implementation } from './operation-context.ts';

/** Disables or enables an account. */
export function setDisabled(
  disabled: boolean,
): Implementation<Operations['serviceAccounts']['disable' | 'enable']> {
  return async ({ params: { id }, query }, { store, principal }) => {
    await transact(
      store,
      principal,
      async (reader, grants) => {
        const account = await requireAccount(reader, grants, id);
        // If the directory reused the id, the account would stand for a different user.
        const user =
          disabled || account.impersonate === undefined
            ? undefined
            : await reader.find('directory_user', account.impersonate);
        if (user?.deleted)
          throw new OperationError(
            'unprocessable',
            `the user for whom service account ${id} stands was deleted`,
          );
        const writes = account.disabled === disabled ? [] : [accountWrite({ ...account, disabled })];
        return { writes, result: undefined };
      },
      { dryRun: query.dry_run },
    );
    return { body: { id, disabled } };
  };
}
