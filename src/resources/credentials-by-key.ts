import { credentialStatus } from './account-view.ts';
import type { Reader } from './reader.ts';

/** How many credentials that are good each key has signed. */
export interface CredentialsByKey {
  /** By `kid`. */
  readonly known: ReadonlyMap<string, number>;
  /** Those that an older version issued, which recorded no `kid`. */
  readonly unknown: number;
}

/**
 * Counts credentials that are neither revoked nor expired; those of disabled accounts, too, which may be enabled again. Pomerium's
 * own are signed by none of our keys.
 * @param now milliseconds since the epoch
 */
export async function countCredentialsByKey(reader: Reader, now: number): Promise<CredentialsByKey> {
  const known = new Map<string, number>();
  let unknown = 0;
  for await (const credential of reader.all('credential')) {
    if (credential.purpose === 'pomerium' || credentialStatus(credential, now) !== 'active') continue;
    const { kid } = credential;
    if (kid === undefined) unknown += 1;
    else known.set(kid, (known.get(kid) ?? 0) + 1);
  }
  return { known, unknown };
}
