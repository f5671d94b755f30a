import { type Credential, type ServiceAccount, userIdOf } from '../accounts/service-account-schema.ts';
import type { Author } from '../activity/author-schema.ts';
import { describeAccountUse, describeCredentialUse, type LastUsedTimes } from './last-used.ts';

/** How an account or a credential stands now. */
export type AccountStatus = 'active' | 'disabled' | 'expired';
export type CredentialStatus = 'active' | 'revoked' | 'expired';

export function accountStatus({ disabled, expires_at }: ServiceAccount, now: number): AccountStatus {
  if (disabled) return 'disabled';
  return hasPassed(expires_at, now) ? 'expired' : 'active';
}

export function credentialStatus({ revoked_at, expires_at }: Credential, now: number): CredentialStatus {
  if (revoked_at !== undefined) return 'revoked';
  return hasPassed(expires_at, now) ? 'expired' : 'active';
}

export function describeAccount(account: ServiceAccount, times: LastUsedTimes, now: number) {
  const { id, namespace, impersonate, description, expires_at, disabled, pomerium, created_at } = account;
  const { created_by: author } = account;
  return {
    id,
    user_id: userIdOf(account),
    namespace,
    impersonate: impersonate !== undefined,
    description,
    status: accountStatus(account, now),
    disabled,
    pomerium,
    created_at,
    created_by: author === undefined ? null : describeCreator(author),
    expires_at: expires_at ?? null,
    last_used_at: describeAccountUse(account, times),
  };
}

function describeCreator(author: Author) {
  return author.kind === 'account'
    ? { kind: author.kind, account: author.account }
    : { kind: author.kind, user: author.user, host: author.host };
}

export function describeCredential(credential: Credential, times: LastUsedTimes, now: number) {
  const { id, purpose, label, issued_at, expires_at, revoked_at, kid } = credential;
  return {
    id,
    purpose,
    label,
    status: credentialStatus(credential, now),
    issued_at,
    expires_at: expires_at ?? null,
    revoked_at: revoked_at ?? null,
    last_used_at: describeCredentialUse(id, times),
    kid: kid ?? null,
  };
}

/**
 * When the account is left without a credential for something that it has one for, as far as credentials say: for each
 * use the last of them counts, and of the uses the first. In the past if none is valid. Milliseconds since the
 * epoch; undefined if nothing expires.
 */
export function credentialsExpireAt(credentials: readonly Credential[], now: number): number | undefined {
  const active = credentials.filter((each) => credentialStatus(each, now) === 'active');
  const ends = new Map<Credential['purpose'] | 'expired', number>();
  const counted = active.length > 0 ? active : credentials.filter((each) => each.revoked_at === undefined);
  for (const { purpose, expires_at } of counted) {
    const use = active.length > 0 ? purpose : 'expired';
    const end = expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires_at);
    ends.set(use, Math.max(ends.get(use) ?? Number.NEGATIVE_INFINITY, end));
  }
  const first = Math.min(...ends.values());
  return Number.isFinite(first) ? first : undefined;
}

function hasPassed(time: string | undefined, now: number): boolean {
  return time !== undefined && Date.parse(time) <= now;
}
