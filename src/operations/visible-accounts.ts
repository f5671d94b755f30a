import { ALL_GRANTS, type Grants, sees } from '../roles/grants.ts';
import type { Reader } from './reader.ts';

/** Makes a function that names an account to somebody, or says no more than that it is one where they may not see it. */
export async function visibleAccounts(
  ids: readonly string[],
  reader: Reader,
  grants: Grants,
): Promise<(id: string) => string> {
  if (grants === ALL_GRANTS) return (id) => `service account ${id}`;
  const accounts = await reader.findAll('service_account', ids);
  return (id) => {
    const account = accounts.get(id);
    return account && sees(grants, account.namespace) ? `service account ${id}` : 'a service account';
  };
}
