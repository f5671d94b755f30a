import type { ServiceAccount } from '../../accounts/service-account-schema.ts';
import type { Config } from '../../config/config.ts';
import type { Access } from '../../operations/access.ts';
import { describeAccount, describeCredential } from '../../operations/account-view.ts';
import { describeIssued } from '../../operations/issue-credential.ts';
import { readLastUsed } from '../../operations/last-used.ts';
import { Reader } from '../../operations/reader.ts';
import {
  createServiceAccount,
  deleteServiceAccount,
  findServiceAccount,
  revokeCredentials,
  rotateCredential,
  setDisabled,
} from '../../operations/service-accounts.ts';
import { ALL_GRANTS } from '../../roles/grants.ts';
import type { StoreWithTelemetry } from '../../store/telemetry-writes.ts';
import type { CliContext } from '../cli-context.ts';
import type { AccountOperator } from './operator.ts';

/** What the local operators work with. */
export interface LocalParts {
  readonly context: CliContext;
  readonly config: Config;
  readonly store: StoreWithTelemetry;
  readonly access: Access;
}

/** Service accounts of the store of this machine. */
export function localAccounts({ context, config, store, access }: LocalParts): AccountOperator {
  return {
    createAccount: async (wanted) =>
      describeIssued(await createServiceAccount(store, access, await context.openIssuing(config), wanted)),
    rotateCredential: async (wanted) =>
      describeIssued(await rotateCredential(store, access, await context.openIssuing(config), wanted)),
    revokeCredentials: async (id, only, how) =>
      (await revokeCredentials(store, access, id, only, how)).map((credential) => credential.id),
    setDisabled: (id, disabled, how) => setDisabled(store, access, id, disabled, how),
    deleteAccount: (id, how) => deleteServiceAccount(store, access, id, how),

    async listAccounts(namespace) {
      const now = access.now();
      const found: ServiceAccount[] = [];
      for await (const account of new Reader(store).all('service_account'))
        if (namespace === undefined || account.namespace === namespace) found.push(account);
      const times = await readLastUsed(
        store.side,
        found.flatMap(({ credentials }) => credentials),
      );
      return found.map((account) => describeAccount(account, times, now));
    },

    async showAccount(id) {
      const now = access.now();
      const { account, credentials } = await findServiceAccount(new Reader(store), ALL_GRANTS, id);
      const times = await readLastUsed(store.side, account.credentials);
      return {
        ...describeAccount(account, times, now),
        credentials: credentials.map((credential) => describeCredential(credential, times, now)),
      };
    },
  };
}
