import { AccountId } from '../../../src/accounts/account-id.ts';
import { UserId } from '../../../src/accounts/user-id.ts';
import { CredentialId } from '../../../src/credentials/credential-id.ts';
import { issueToken } from '../../../src/tokens/issue-token.ts';
import type { SigningKey } from '../../../src/tokens/key-set.ts';
import type { ScaleCaller } from './scale-records.ts';

/** As `startSidecar` configures them. */
const ISSUER = 'https://sallyport.localhost';
const AUDIENCE = 'mesh.localhost';
/** Seconds since the epoch; the same for all, so that a token needs nothing but its caller to be made again. */
const ISSUED_AT = 1_761_955_200;

/** The JWT of a credential that `fillStore` wrote. */
export function signCaller(signer: SigningKey, caller: ScaleCaller): Promise<string> {
  const accountId = AccountId.parse(caller.accountId);
  const userId = UserId.parse(caller.userId);
  const credentialId = CredentialId.parse(caller.credentialId);
  if (!accountId || !userId || !credentialId) throw new Error(`no caller: ${caller.credentialId}`);
  return issueToken({
    signer,
    issuer: ISSUER,
    audience: AUDIENCE,
    accountId,
    userId,
    credentialId,
    issuedAt: ISSUED_AT,
  });
}
