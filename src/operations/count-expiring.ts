import { takeTurns } from '../snapshot/run-steps.ts';
import type { Store } from '../store/port.ts';
import { parseRecord, RecordFault, type RecordOf, type StoredRecord } from '../store/record.ts';
import { credentialStatus } from './account-view.ts';

export const EXPIRY_DAYS = [1, 7, 30] as const;
export type ExpiryDays = (typeof EXPIRY_DAYS)[number];
/** How many credentials expire within so many days; those of one day are among those of seven. */
export type ExpiringCounts = Readonly<Record<ExpiryDays, number>>;

const DAY_MS = 86_400_000;
/** Records that are asked for at once, and kept at a time. */
const PAGE = 250;

/**
 * Counts the active credentials that expire soon. Reads all credentials, a page at a time, and lets others have their turn in
 * between. A record that can't be used counts as none.
 * @param now milliseconds since the epoch
 */
export async function countExpiring(store: Store, now: number, signal: AbortSignal): Promise<ExpiringCounts> {
  const counts = { 1: 0, 7: 0, 30: 0 };
  const turn = takeTurns();
  let after: string | undefined;
  do {
    const page = await store.list('credential', { after, limit: PAGE });
    signal.throwIfAborted();
    for (const record of page) {
      const end = endOf(record, now);
      for (const days of EXPIRY_DAYS) if (end <= now + days * DAY_MS) counts[days] += 1;
      await turn();
    }
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
  return counts;
}

/** Infinity if the credential does not expire, or is of no use now. */
function endOf(record: StoredRecord, now: number): number {
  const credential = readCredential(record);
  if (credential?.expires_at === undefined || credentialStatus(credential, now) !== 'active')
    return Number.POSITIVE_INFINITY;
  return Date.parse(credential.expires_at);
}

function readCredential(record: StoredRecord): RecordOf<'credential'> | undefined {
  try {
    return parseRecord('credential', record);
  } catch (error) {
    if (error instanceof RecordFault) return undefined;
    throw error;
  }
}
