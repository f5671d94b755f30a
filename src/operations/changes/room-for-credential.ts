import type { Credential, ServiceAccount } from '../../accounts/service-account-schema.ts';
import { OperationError } from '../../contract/operation-error.ts';
import type { Write } from '../../store/port.ts';

import type { Reader } from '../reader.ts';

/** An account has no more, those that count no more included. */
const MAX_CREDENTIALS = 100;

/** What an account keeps, so that one more credential has its place. */
interface Room {
  readonly kept: ServiceAccount['credentials'];
  /** Takes the others away. */
  readonly writes: readonly Write[];
}

/**
 * Where an account has as many credentials as it may, the oldest that are revoked or expired go: their tokens are refused
 * as ever, for nobody knows them any more. Never Pomerium's own, which goes by the account's id and would come to life
 * again. Throws `OperationError` where all of them still count.
 * @param now milliseconds since the epoch
 */
export async function makeRoomForCredential(
  reader: Pick<Reader, 'findAll'>,
  { id, credentials }: ServiceAccount,
  now: number,
): Promise<Room> {
  const excess = credentials.length + 1 - MAX_CREDENTIALS;
  if (excess <= 0) return { kept: credentials, writes: [] };
  const found = await reader.findAll('credential', credentials);
  const spent = credentials.filter((each) => String(each) !== id && isSpent(found.get(each), now));
  if (spent.length < excess)
    throw new OperationError(
      'unprocessable',
      `service account ${id} has ${MAX_CREDENTIALS} credentials that count, the most it may have: revoke those that nobody uses`,
    );
  const going = new Set(spent.slice(0, excess));
  return {
    kept: credentials.filter((each) => !going.has(each)),
    writes: [...going].map((each) => ({ key: { kind: 'credential', id: each }, value: undefined })),
  };
}

function isSpent(credential: Credential | undefined, now: number): boolean {
  if (!credential || credential.revoked_at !== undefined) return true;
  return credential.expires_at !== undefined && Date.parse(credential.expires_at) <= now;
}
