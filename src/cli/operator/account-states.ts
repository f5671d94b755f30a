import type { StoredResource } from '../../manifests/resource.ts';
import { accountStatus, describeCredential } from '../../operations/account-view.ts';
import { describeAccountUse, readLastUsed } from '../../operations/last-used.ts';
import { Reader } from '../../operations/reader.ts';
import type { StoreWithTelemetry } from '../../store/telemetry-writes.ts';
import type { AccountState } from './operator.ts';

/** The state of each service account among the resources, by its id. */
export async function readAccountStates(
  store: StoreWithTelemetry,
  resources: readonly StoredResource[],
  now: number,
): Promise<Map<string, AccountState>> {
  const reader = new Reader(store);
  const ids = resources.filter(({ kind }) => kind === 'ServiceAccount').map(({ spec }) => spec.id);
  const accounts = await reader.findAll('service_account', ids);
  const credentialIds = [...accounts.values()].flatMap((account) => account.credentials);
  const credentials = await reader.findAll('credential', credentialIds);
  const times = await readLastUsed(store.side, credentialIds);
  const states = new Map<string, AccountState>();
  for (const [id, account] of accounts)
    states.set(id, {
      status: accountStatus(account, now),
      created_at: account.created_at,
      last_used_at: describeAccountUse(account, times),
      credentials: account.credentials
        .map((credential) => credentials.get(credential))
        .filter((credential) => credential !== undefined)
        .map((credential) => describeCredential(credential, times, now)),
    });
  return states;
}
