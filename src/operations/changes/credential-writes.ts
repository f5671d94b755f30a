import type { Credential, ServiceAccount } from '../../accounts/service-account-schema.ts';
import type { Write } from '../../store/port.ts';

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

/** Those that were good until now, as they are revoked. */
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
