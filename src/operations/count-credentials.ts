import type { Credential } from '../accounts/service-account-schema.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import type { Store } from '../store/port.ts';
import { parseRecord, RecordFault, type RecordOf, type StoredRecord } from '../store/record.ts';
import { credentialStatus } from './account-view.ts';

export const EXPIRY_DAYS = [1, 7, 30] as const;
export type ExpiryDays = (typeof EXPIRY_DAYS)[number];
type Purpose = Credential['purpose'];

export interface CredentialCounts {
  /** How many expire within so many days, by purpose; those of one day are among those of seven. */
  readonly expiring: Readonly<Record<Purpose, Readonly<Record<ExpiryDays, number>>>>;
  /** How many each key has signed, by `kid`; those without one count under the empty text. */
  readonly byKey: ReadonlyMap<string, number>;
}

const DAY_MS = 86_400_000;
/** Records that are asked for at once, and kept at a time. */
const PAGE = 250;
/** Bounds the labels of a metric: each `kid` is one. */
const MAX_KEYS = 50;

/**
 * Counts the active credentials. Reads all credentials, a page at a time, and lets others have their turn in
 * between. A record that can't be used counts as none.
 * @param now milliseconds since the epoch
 */
export async function countCredentials(
  store: Store,
  now: number,
  signal: AbortSignal,
): Promise<CredentialCounts> {
  const none = () => ({ 1: 0, 7: 0, 30: 0 });
  const expiring = { mesh: none(), admin: none(), pomerium: none() };
  const byKey = new Map<string, number>();
  const turn = takeTurns();
  let after: string | undefined;
  do {
    const page = await store.list('credential', { after, limit: PAGE });
    signal.throwIfAborted();
    for (const record of page) {
      const credential = readCredential(record);
      if (credential && credentialStatus(credential, now) === 'active') {
        const { purpose, expires_at, kid = '' } = credential;
        const end = expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires_at);
        for (const days of EXPIRY_DAYS) if (end <= now + days * DAY_MS) expiring[purpose][days] += 1;
        const key = byKey.has(kid) || byKey.size < MAX_KEYS ? kid : 'other';
        byKey.set(key, (byKey.get(key) ?? 0) + 1);
      }
      await turn();
    }
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
  return { expiring, byKey };
}

function readCredential(record: StoredRecord): RecordOf<'credential'> | undefined {
  try {
    return parseRecord('credential', record);
  } catch (error) {
    if (error instanceof RecordFault) return undefined;
    throw error;
  }
}
