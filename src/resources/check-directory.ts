import type { Grants } from '../roles/grants.ts';
import type { Complain } from './next-places.ts';
import type { Reader } from './reader.ts';
import type { Resource } from './resource.ts';
import { visibleAccounts } from './visible-accounts.ts';

/** A directory user never takes an account's user ID, not even that of one long deleted: policies name both alike. */
export async function checkDirectory(
  resources: readonly Resource[],
  reader: Reader,
  grants: Grants,
  complain: Complain,
): Promise<void> {
  const users = resources.filter((resource) => resource.kind === 'DirectoryUser');
  const reserved = await reader.findAll(
    'user_id',
    users.map(({ spec }) => spec.id),
  );
  const owners = await visibleAccounts(
    [...reserved.values()].map(({ account }) => account),
    reader,
    grants,
  );
  for (const user of users) {
    const reservation = reserved.get(user.spec.id);
    if (reservation)
      complain(user, 'id', `is the user ID of ${owners(reservation.account)}, and is never given twice`);
  }
}
