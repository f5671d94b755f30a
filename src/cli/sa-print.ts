import { type Credential, type ServiceAccount, userIdOf } from '../accounts/service-account.ts';
import type { IssuedCredential } from '../resources/issue-credential.ts';
import { describeAccountUse, describeCredentialUse, type LastUsedTimes } from '../resources/last-used.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { printFields, printJson } from './output.ts';

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
    expires_at: expires_at ?? null,
    last_used_at: describeAccountUse(account, times),
  };
}

export function describeCredential(credential: Credential, times: LastUsedTimes, now: number) {
  const { id, purpose, label, issued_at, expires_at, revoked_at } = credential;
  return {
    id,
    purpose,
    label,
    status: credentialStatus(credential, now),
    issued_at,
    expires_at: expires_at ?? null,
    revoked_at: revoked_at ?? null,
    last_used_at: describeCredentialUse(id, times),
  };
}

/** Shows a new JWT: the only time that anybody sees it. */
export function printIssued(
  { stdout, stderr }: CliContext,
  { output }: CommonOptions,
  { account, credential, jwt }: IssuedCredential,
): void {
  const fields = {
    id: account.id,
    credential_id: credential.id,
    user_id: userIdOf(account),
    namespace: account.namespace,
    expires_at: credential.expires_at ?? null,
    jwt,
  };
  if (output === 'json') {
    printJson(stdout, fields);
    return;
  }
  printFields(stdout, [
    ['Service account', account.id],
    ['User ID', fields.user_id],
    ['Namespace', account.namespace],
    ['Credential', credential.id],
    ['Expires', credential.expires_at ?? 'never'],
  ]);
  stdout.write(`\n${jwt}\n`);
  stderr.write('\nCopy the JWT now: it is not stored and is never shown again.\n');
}

function hasPassed(time: string | undefined, now: number): boolean {
  return time !== undefined && Date.parse(time) <= now;
}
