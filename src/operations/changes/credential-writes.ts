import type { Credential, ServiceAccount } from '../../accounts/service-account-schema.ts';
import { OperationError } from '../../contract/operation-error.ts';
import type { Write } from '../../store/port.ts';
import { credentialStatus } from '../account-view.ts';
import type { Reader } from '../reader.ts';

/** Revoked and expired ones included. */
const MAX_CREDENTIALS = 100;

/** Has credentials expire after a while, where they don't sooner; a JWT's own `exp` stays as it is. */
export function retireCredentials(
  credentials: readonly Credential[],
  now: number,
  validForMs: number,
): Write[] {
  const until = now + validForMs;
  return credentials
    .filter(
      ({ revoked_at, expires_at }) =>
        revoked_at === undefined && !(expires_at && Date.parse(expires_at) <= until),
    )
    .map((credential) => credentialWrite({ ...credential, expires_at: new Date(until).toISOString() }));
}

/** The valid ones among them, marked as revoked. */
export function revokedAt(now: number, credentials: Iterable<Credential>): Credential[] {
  const revoked_at = new Date(now).toISOString();
  return [...credentials]
    .filter((credential) => credential.revoked_at === undefined)
    .map((credential) => ({ ...credential, revoked_at }));
}

export function accountWrite(account: ServiceAccount): Write {
  return { key: { kind: 'service_account', id: account.id }, value: account };
}

export function credentialWrite(credential: Credential): Write {
  return { key: { kind: 'credential', id: credential.id }, value: credential };
}

/** What an account keeps, so that one more credential has its place. */
interface Room {
  readonly kept: ServiceAccount['credentials'];
  /** Takes the others away. */
  readonly writes: readonly Write[];
}

/**
 * Where an account has as many credentials as it may, the oldest that are revoked or expired go: their tokens are refused
 * as ever, because they are unknown. Never Pomerium's own, which goes by the account's id and would come to life
 * again. Throws `OperationError` if all of them still count.
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
  const isSpent = (credential: Credential | undefined) =>
    !credential || credentialStatus(credential, now) !== 'active';
  const spent = credentials.filter((each) => String(each) !== id && isSpent(found.get(each)));
  if (spent.length < excess)
    throw new OperationError(
      'unprocessable',
      `service account ${id} has ${MAX_CREDENTIALS} credentials that count, the most it may have: revoke unused ones`,
    );
  const going = new Set(spent.slice(0, excess));
  return {
    kept: credentials.filter((each) => !going.has(each)),
    writes: [...going].map((each) => ({ key: { kind: 'credential', id: each }, value: undefined })),
  };
}
