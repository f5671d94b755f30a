import type { Answer } from '../client/client.ts';
import type { Connection } from '../client/http-client.ts';
import { OPERATIONS, type Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { explainRefusal } from './explain-refusal.ts';
import { openServerClient } from './with-client.ts';

/** Who a server takes this to be. Rejects with `OperationError` or `TransportError`. */
export async function askWhoami(connection: Connection): Promise<Answer<Operations['self']['whoami']>> {
  const client = await openServerClient(connection);
  try {
    return await client.call(OPERATIONS.self.whoami);
  } catch (error) {
    throw error instanceof OperationError ? explainRefusal(error, client.server) : error;
  } finally {
    await client.close();
  }
}
