import { AccountId } from '../../src/accounts/account-id.ts';
import { DirectoryUser } from '../../src/accounts/directory-schema.ts';
import { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import type { VerifiedToken } from '../../src/tokens/verified-token.ts';

export function accountOf(fields: Readonly<Record<string, unknown>> = {}): ServiceAccount {
  const standsFor = 'impersonate' in fields ? {} : { user_id: 'bot' };
  return ServiceAccount.parse({
    id: 'sa-1',
    namespace: 'team-a',
    ...standsFor,
    created_at: '2026-01-01T00:00:00Z',
    credentials: ['c-1', 'c-2'],
    ...fields,
  });
}

export function credentialOf(fields: Readonly<Record<string, unknown>> = {}): Credential {
  return Credential.parse({
    id: 'c-1',
    account: 'sa-1',
    purpose: 'mesh',
    issued_at: '2026-01-01T00:00:00Z',
    ...fields,
  });
}

export function directoryUserOf(fields: Readonly<Record<string, unknown>> = {}): DirectoryUser {
  return DirectoryUser.parse({
    id: 'alice',
    email: 'alice@example.com',
    name: 'Alice',
    groups: ['ops'],
    claims: { team: ['a', 'b'] },
    ...fields,
  });
}

/** A token as the verifier hands it over; native, of credential `c-1` and account `sa-1`, unless said otherwise. */
export function tokenOf(
  fields: {
    issuance?: VerifiedToken['issuance'];
    credential?: string;
    account?: string;
    user?: string;
    kid?: string;
  } = {},
): VerifiedToken {
  const { issuance = 'native', credential = 'c-1', account = 'sa-1', user = 'bot', kid } = fields;
  const credentialId = CredentialId.parse(credential);
  const accountId = AccountId.parse(account);
  const userId = UserId.parse(user);
  if (!credentialId || !accountId || !userId) throw new Error('a token needs ids');
  return { issuance, credentialId, accountId, userId, ...(kid && { kid }), issuedAt: 0, notBefore: 0 };
}
