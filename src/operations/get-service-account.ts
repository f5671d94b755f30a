import type { Operations } from '../contract/contract.ts';
import { describeCredential } from './account-view.ts';
import { findServiceAccount } from './find-service-account.ts';
import { readLastUsed } from './last-used.ts';
import { viewAccount } from './list-service-accounts.ts';
import type { Implementation } from './operation-context.ts';

/** An account with its credentials. */
export const getServiceAccount: Implementation<Operations['serviceAccounts']['get']> = async (
  { params },
  { store, reader, grants, principal },
) => {
  const { account, credentials } = await findServiceAccount(reader, grants, params.id);
  const stamped = await reader.findStamped('service_account', params.id);
  const times = await readLastUsed(store.side, account.credentials);
  const now = principal.now();
  return {
    body: {
      ...viewAccount(account, credentials, times, now),
      credentials: credentials.map((credential) => describeCredential(credential, times, now)),
    },
    revision: stamped?.revision,
  };
};
