import type { Config } from '../config/config.ts';
import { type CredentialsByKey, countCredentialsByKey } from '../operations/credentials-by-key.ts';
import { Reader } from '../operations/reader.ts';
import { StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { RecordFault } from '../store/record.ts';
import type { CliContext } from './cli-context.ts';

/** Counts the credentials of the configured store, or says why it can't be read. */
export async function readCredentialsByKey(
  context: Pick<CliContext, 'openStore' | 'clock'>,
  config: Config,
): Promise<CredentialsByKey | { readonly problem: string }> {
  try {
    const store = await context.openStore(config);
    try {
      return await countCredentialsByKey(new Reader(store), store.side, context.clock());
    } finally {
      await store.close();
    }
  } catch (error) {
    if (
      error instanceof StoreUnavailable ||
      error instanceof StoreFormatError ||
      error instanceof RecordFault
    )
      return { problem: error.message };
    throw error;
  }
}
