import type { StoredResource } from '../resources/resource.ts';
import type { Reader } from '../resources/transact.ts';
import { accountStatus, describeCredential } from './sa-print.ts';

/** What of an account nobody writes into a file. */
export interface AccountState {
  readonly status: ReturnType<typeof accountStatus>;
  readonly created_at: string;
  readonly credentials: readonly ReturnType<typeof describeCredential>[];
}

/** The state of each service account among the resources, by its id. */
export async function readAccountStates(
  reader: Reader,
  resources: readonly StoredResource[],
  now: number,
): Promise<Map<string, AccountState>> {
  const ids = resources.filter(({ kind }) => kind === 'ServiceAccount').map(({ spec }) => spec.id);
  const accounts = await reader.findAll('service_account', ids);
  const credentials = await reader.findAll(
    'credential',
    [...accounts.values()].flatMap((account) => account.credentials),
  );
  const states = new Map<string, AccountState>();
  for (const [id, account] of accounts)
    states.set(id, {
      status: accountStatus(account, now),
      created_at: account.created_at,
      credentials: account.credentials
        .map((credential) => credentials.get(credential))
        .filter((credential) => credential !== undefined)
        .map((credential) => describeCredential(credential, now)),
    });
  return states;
}
