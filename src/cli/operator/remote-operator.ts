import { AdminClient, type Connection } from '../../client/admin-client.ts';
import type { Operator } from './operator.ts';
import { remoteAccounts } from './remote-accounts.ts';
import { remoteRecords } from './remote-records.ts';
import { remoteResources } from './remote-resources.ts';

/** Works on what an admin API keeps, as far as the credential's roles go. */
export function openRemoteOperator(connection: Connection): Operator {
  const client = new AdminClient(connection);
  return {
    server: client.server,
    place: client.server,
    ...remoteAccounts(client),
    ...remoteResources(client),
    ...remoteRecords(client),
    close: async () => client.close(),
  };
}
