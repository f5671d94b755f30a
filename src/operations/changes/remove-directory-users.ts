import { type DirectoryUser, tombstoneOf } from '../../accounts/directory-schema.ts';
import type { ServiceAccount } from '../../accounts/service-account-schema.ts';
import type { Resource, ResourceOrigin } from '../../manifests/resource.ts';
import type { Reader } from '../reader.ts';
import { specOf } from '../resource-kinds.ts';
import type { Removal } from './proposed-change.ts';

/** What taking directory users away makes of the store, for `planChanges`. */
export interface DirectoryUserRemoval {
  readonly resources: readonly Resource[];
  readonly removals: readonly Removal[];
}

/**
 * Users who leave. Accounts that stand for one of them are disabled with the same commit, so that no later user
 * given the same name brings them back; of the user, the id stays, for they refer to it.
 */
export async function removeDirectoryUsers(
  users: readonly DirectoryUser[],
  reader: Reader,
  origin: ResourceOrigin,
): Promise<DirectoryUserRemoval> {
  const impersonators = new Map<string, ServiceAccount[]>(users.map(({ id }) => [id, []]));
  if (users.length > 0)
    for await (const account of reader.all('service_account'))
      impersonators.get(account.impersonate ?? '')?.push(account);

  const resources: Resource[] = [];
  const removals: Removal[] = [];
  for (const user of users) {
    const { id } = user;
    const accounts = impersonators.get(id) ?? [];
    if (accounts.length === 0) removals.push({ kind: 'DirectoryUser', spec: { id }, origin });
    else
      resources.push(
        { kind: 'DirectoryUser', spec: tombstoneOf(user), origin },
        ...accounts.map(
          (account): Resource => ({
            kind: 'ServiceAccount',
            spec: { ...specOf('ServiceAccount', account), disabled: true },
            origin,
          }),
        ),
      );
  }
  return { resources, removals };
}
