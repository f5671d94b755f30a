import type { TokenPurpose, VerifiedToken } from '../tokens/verified-token.ts';
import type { DirectoryUser } from './directory-schema.ts';
import { type Credential, type ServiceAccount, userIdOf } from './service-account-schema.ts';
import type { UserId } from './user-id.ts';

/** `token-invalid`: a token of Pomerium's for an account that takes none, or another user's. */
export type AccountReason = 'token-revoked' | 'token-invalid' | 'account-disabled' | 'account-expired';

/** A good token whose account can't be used. Told only after a valid signature, so that it gives nothing away. */
export interface AccountRefusal {
  readonly refused: AccountReason;
  readonly detail: string;
  /** Whose it was; absent if no such account is left. For logs. */
  readonly caller?: Caller;
  /** What the token says of itself. */
  readonly token?: VerifiedToken;
}

/** Who called: a live account, the credential it used and, where it impersonates, the directory user it stands for. */
export interface Caller {
  readonly account: ServiceAccount;
  readonly credential: Credential;
  /** The key that signed the token that was shown; undefined of Pomerium's, and where none was. */
  readonly kid: string | undefined;
  readonly directoryUser: DirectoryUser | undefined;
  /** The account's own user ID, or the directory user's. */
  readonly userId: UserId;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly claims: ReadonlyMap<string, DirectoryUser['claims'][string]>;
  /** Milliseconds since the epoch, after which neither the account nor the credential counts; Infinity for never. */
  readonly accountExpiresAt: number;
  readonly credentialExpiresAt: number;
}

const NO_GROUPS: Caller['groups'] = [];
const NO_CLAIMS: Caller['claims'] = new Map();

/** Joins what the store holds into a caller. Parsed once, so that a warm Check compares numbers. */
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
 * Why the caller may not be used with this token now, or undefined if it may.
 * @param now milliseconds since the epoch
 * @param use what it is shown for; Pomerium's tokens are for the mesh alone
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
 * Whether neither the account nor the credential was stopped, or has expired.
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
    return refuse('token-invalid', "the account does not take Pomerium's tokens");
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
