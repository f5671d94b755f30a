import { type CallerSources, createCallerDirectory } from '../accounts/caller-directory.ts';
import { type Credential, type ServiceAccount, userIdOf } from '../accounts/service-account-schema.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import type { VerifiedToken } from '../tokens/verified-token.ts';
import type { Identification } from './identity.ts';

const ASSUMED = CredentialId.parse('assumed');

/**
 * Takes whatever credential a request brings for a good one of this account, so that a decision can be looked at without
 * a token. Whether the account itself may be used (disabled, expired, the user it stands for gone) is still found out.
 */
export function identifyAsAccount(
  account: ServiceAccount,
  sources: Pick<CallerSources, 'accounts' | 'directoryUsers'>,
): Identification {
  if (ASSUMED === undefined) throw new Error('the assumed credential has no valid id');
  const credential: Credential = {
    id: ASSUMED,
    account: account.id,
    purpose: 'mesh',
    label: '',
    issued_at: account.created_at,
  };
  const token: VerifiedToken = {
    issuance: 'native',
    credentialId: ASSUMED,
    accountId: account.id,
    userId: userIdOf(account),
    issuedAt: 0,
    notBefore: 0,
  };
  const known = { value: credential, stale: false };
  const credentials = { peek: () => known, load: async () => known };
  return {
    tokens: { verify: () => token, isMeantForUs: () => false },
    callers: createCallerDirectory({ ...sources, credentials }, 1),
  };
}
