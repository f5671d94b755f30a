import { z } from 'zod';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';
import { credentialStatus } from './account-view.ts';
import type { Reader } from './reader.ts';

/** How many valid credentials each key has signed. */
export interface CredentialsByKey {
  /** By `kid`. */
  readonly known: ReadonlyMap<string, number>;
  /** Those that an older version issued, which recorded no `kid`, and that no stored decision names. */
  readonly unknown: number;
}

/**
 * Counts credentials that are neither revoked nor expired; those of disabled accounts, too, which may be enabled again. Pomerium's
 * own are signed by none of our keys.
 * @param now milliseconds since the epoch
 */
export async function countCredentialsByKey(
  reader: Reader,
  side: Pick<TelemetryWrites, 'readDecisions'>,
  now: number,
): Promise<CredentialsByKey> {
  const known = new Map<string, number>();
  const add = (kid: string) => known.set(kid, (known.get(kid) ?? 0) + 1);
  const unrecorded = new Set<string>();
  for await (const credential of reader.all('credential')) {
    if (credential.purpose === 'pomerium' || credentialStatus(credential, now) !== 'active') continue;
    if (credential.kid === undefined) unrecorded.add(credential.id);
    else add(credential.kid);
  }
  const inUse = await findKidsInUse(side, unrecorded);
  for (const kid of inUse.values()) add(kid);
  return { known, unknown: unrecorded.size - inUse.size };
}

/** Decisions that are read at once. */
const PAGE = 1000;

const UsedCredential = z.object({ event: z.literal('decision'), credential_id: z.string(), kid: z.string() });

/**
 * The `kid` of each credential that the stored decisions name: for credentials that an older version issued, which recorded none.
 * A decision names it only after the signature was verified.
 */
async function findKidsInUse(
  side: Pick<TelemetryWrites, 'readDecisions'>,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const kids = new Map<string, string>();
  let after: string | undefined;
  while (kids.size < wanted.size) {
    const page = await side.readDecisions(after, PAGE);
    for (const { line } of page) {
      const used = readUse(line);
      if (used && wanted.has(used.credential_id)) kids.set(used.credential_id, used.kid);
    }
    after = page.at(-1)?.cursor;
    if (page.length < PAGE) break;
  }
  return kids;
}

function readUse(line: string): z.infer<typeof UsedCredential> | undefined {
  try {
    return UsedCredential.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
