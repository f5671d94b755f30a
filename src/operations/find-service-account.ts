import type { AccountId } from '../accounts/account-id.ts';
import type { Credential, ServiceAccount } from '../accounts/service-account-schema.ts';
import type { Operations } from '../contract/contract.ts';
import { type Grants, sees } from '../roles/grants.ts';
import { describeCredential } from './account-view.ts';
import { readLastUsed } from './last-used.ts';
import { viewAccount } from './list-service-accounts.ts';
import type { Implementation } from './operation-context.ts';
import type { Reader } from './reader.ts';
import { unknownAccount } from './refusals.ts';

interface FoundAccount {
  readonly account: ServiceAccount;
  /** The newest last. */
  readonly credentials: Credential[];
  /** The commit that wrote the account last. */
  readonly revision: number;
}

/** Rejects with `not-found` for an account that is absent or hidden, which look alike. */
export async function requireAccount(reader: Reader, grants: Grants, id: AccountId): Promise<ServiceAccount> {
  return (await requireStamped(reader, grants, id)).value;
}

export async function findServiceAccount(
  reader: Reader,
  grants: Grants,
  id: AccountId,
): Promise<FoundAccount> {
  const { value: account, revision } = await requireStamped(reader, grants, id);
  const found = await reader.findAll('credential', account.credentials);
  const credentials = account.credentials.map((each) => found.get(each));
  return { account, credentials: credentials.filter((credential) => credential !== undefined), revision };
}

async function requireStamped(reader: Reader, grants: Grants, id: AccountId) {
  const stamped = await reader.findStamped('service_account', id);
  if (stamped && sees(grants, stamped.value.namespace)) return stamped;
  throw unknownAccount(id);
}

/** An account with its credentials. */
export const getServiceAccount: Implementation<Operations['serviceAccounts']['get']> = async (
  { params },
  { store, reader, grants, principal },
) => {
  const { account, credentials, revision } = await findServiceAccount(reader, grants, params.id);
  const times = await readLastUsed(store.telemetry, account.credentials);
  const now = principal.now();
  return {
    body: {
      ...viewAccount(account, credentials, times, now),
      credentials: credentials.map((credential) => describeCredential(credential, times, now)),
    },
    revision,
  };
};
