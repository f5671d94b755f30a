import type { ServiceAccount } from '../accounts/service-account-schema.ts';
import type { CredentialId } from '../credentials/credential-id.ts';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';

/** When credentials were last used, milliseconds since the epoch; those that never were are not in it. */
export type LastUsedTimes = ReadonlyMap<CredentialId, number>;

const BATCH = 1000;

export async function readLastUsed(
  side: Pick<TelemetryWrites, 'readLastUsed'>,
  credentials: readonly CredentialId[],
): Promise<LastUsedTimes> {
  const times = new Map<CredentialId, number>();
  for (let start = 0; start < credentials.length; start += BATCH) {
    const batch = credentials.slice(start, start + BATCH);
    const found = await side.readLastUsed(batch);
    for (const [index, id] of batch.entries()) {
      const time = found[index];
      if (time !== undefined) times.set(id, time);
    }
  }
  return times;
}

/** An account was used when any of its credentials was, revoked ones included. RFC 3339; null for never. */
export function describeAccountUse({ credentials }: ServiceAccount, times: LastUsedTimes): string | null {
  const last = Math.max(...credentials.map((id) => times.get(id) ?? Number.NEGATIVE_INFINITY));
  return last === Number.NEGATIVE_INFINITY ? null : new Date(last).toISOString();
}

/** RFC 3339; null for never. */
export function describeCredentialUse(id: CredentialId, times: LastUsedTimes): string | null {
  const last = times.get(id);
  return last === undefined ? null : new Date(last).toISOString();
}
