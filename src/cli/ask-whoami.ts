import type { z } from 'zod';
import type { Connection } from '../client/admin-client.ts';
import type { SELF_OPERATIONS } from '../contract/activity.ts';

export type Self = z.output<typeof SELF_OPERATIONS.whoami.response>;

/** Who a server takes this to be. Rejects with `RemoteError`. */
export async function askWhoami(connection: Connection): Promise<Self> {
  // The contract is large, and most command lines ask no server.
  const { AdminClient } = await import('../client/admin-client.ts');
  const { OPERATIONS } = await import('../contract/contract.ts');
  const client = new AdminClient(connection);
  try {
    return await client.call(OPERATIONS.self.whoami);
  } finally {
    client.close();
  }
}
