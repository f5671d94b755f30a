import type { TokenPurpose, VerifiedToken } from '../tokens/verified-token.ts';
import type { DirectoryUser } from './directory-schema.ts';
import { type Credential, type ServiceAccount, userIdOf } from './service-account-schema.ts';
import type { UserId } from './user-id.ts';

/** `token-invalid`: a token of Pomerium for another user, or for an account that does not accept such tokens. */
export type AccountReason = 'token-revoked' | 'token-invalid' | 'account-disabled' | 'account-expired';

/** Why the account of a token does not count. Given only after a valid signature, so that it discloses nothing. */
export interface AccountRefusal {
  readonly refused: AccountReason;
  readonly detail: string;
  /** For logs. Absent if the account no longer exists. */
  readonly caller?: Caller;
  readonly token?: VerifiedToken;
}

/** The caller: an account, the credential that it used and the directory user that it impersonates, if any. */
export interface Caller {
  readonly account: ServiceAccount;
  readonly credential: Credential;
  /** The key that signed the token. Undefined for Pomerium's tokens, and without a token. */
  readonly kid: string | undefined;
  readonly directoryUser: DirectoryUser | undefined;
  /** The account's own user ID, or the directory user's. */
  readonly userId: UserId;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly claims: ReadonlyMap<string, DirectoryUser['claims'][string]>;
  /** Milliseconds since the epoch. Infinity if it never expires. */
  readonly accountExpiresAt: number;
  readonly credentialExpiresAt: number;
}

const NO_GROUPS: Caller['groups'] = [];
const NO_CLAIMS: Caller['claims'] = new Map();

/** Creates a caller from its records. Parses the times once, so that a warm Check compares numbers. */
export function createCaller(
  account: ServiceAccount,
  credential: Credential,
  directoryUser?: DirectoryUser,
  kid?: string,
): Caller {
  return {
    account,
    credential,
    kid,
    directoryUser,
    userId: directoryUser?.id ?? userIdOf(account),
    email: directoryUser?.email ?? '',
    name: directoryUser?.name ?? '',
    groups: directoryUser?.groups ?? NO_GROUPS,
    claims: directoryUser ? new Map(Object.entries(directoryUser.claims)) : NO_CLAIMS,
    accountExpiresAt: account.expires_at === undefined ? Infinity : Date.parse(account.expires_at),
    credentialExpiresAt: credential.expires_at === undefined ? Infinity : Date.parse(credential.expires_at),
  };
}

/**
 * Why the caller does not count with this token now. Undefined if it does.
 * @param now milliseconds since the epoch
 * @param use the use of the token. Pomerium's tokens are only for the mesh.
 */
export function refuseCaller(
  caller: Caller,
  token: VerifiedToken,
  now: number,
  use: TokenPurpose = 'mesh',
): AccountRefusal | undefined {
  const problem = problemOf(caller, token, now, use);
  return problem && { ...problem, caller, token };
}

/**
 * Whether account and credential are neither disabled nor revoked nor expired.
 * @param now milliseconds since the epoch
 */
export function isLive(caller: Caller, now: number): boolean {
  const { account, credential, accountExpiresAt, credentialExpiresAt } = caller;
  if (credential.revoked_at !== undefined || account.disabled) return false;
  return now < accountExpiresAt && now < credentialExpiresAt;
}

function problemOf(
  caller: Caller,
  token: VerifiedToken,
  now: number,
  use: TokenPurpose,
): AccountRefusal | undefined {
  const { account, credential } = caller;
  if (credential.revoked_at !== undefined) return refuse('token-revoked', 'the credential was revoked');
  if (credential.account !== token.accountId || account.id !== token.accountId)
    return refuse('token-revoked', 'the credential belongs to another account');
  const purpose = token.issuance === 'pomerium' && use === 'mesh' ? 'pomerium' : use;
  if (credential.purpose !== purpose || (token.issuance === 'pomerium' && use !== 'mesh'))
    return refuse('token-revoked', 'the credential was made for another use');
  if (token.issuance === 'pomerium' && !account.pomerium)
    return refuse('token-invalid', "the account does not accept Pomerium's tokens");
  if (caller.userId !== token.userId) {
    const reason = token.issuance === 'pomerium' ? 'token-invalid' : 'token-revoked';
    return refuse(reason, 'the credential is for another user ID');
  }
  if (account.disabled) return refuse('account-disabled', 'the service account is disabled');
  if (now >= caller.accountExpiresAt) return refuse('account-expired', 'the service account has expired');
  if (now >= caller.credentialExpiresAt) return refuse('token-revoked', 'the credential has expired');
  return undefined;
}

function refuse(refused: AccountReason, detail: string): AccountRefusal {
  return { refused, detail };
}
