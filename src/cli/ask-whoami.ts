import type { z } from 'zod';
import type { SELF_OPERATIONS } from '../admin/contract/activity-operations.ts';
import type { Connection } from './remote/admin-client.ts';

export type Self = z.output<typeof SELF_OPERATIONS.whoami.response>;

/** Who a server takes this to be. Rejects with `RemoteError`. */
export async function askWhoami(connection: Connection): Promise<Self> {
  // The contract is large, and most command lines ask no server.
  const { AdminClient } = await import('./remote/admin-client.ts');
  const { OPERATIONS } = await import('../admin/contract.ts');
  const client = new AdminClient(connection);
  try {
    return await client.ask(OPERATIONS.self.whoami);
  } finally {
    client.close();
  }
}
