import { type CallerSources, createCallerDirectory } from '../accounts/caller-directory.ts';
import { type Credential, type ServiceAccount, userIdOf } from '../accounts/service-account-schema.ts';
import type { Identification } from '../check/identity.ts';
import { CredentialId } from '../credentials/credential-id.ts';
import { OWN_HEADERS } from '../credentials/header-schemes.ts';
import type { VerifiedToken } from '../tokens/verified-token.ts';
import { type DescribedExplanation, describeExplanation } from './describe-explanation.ts';
import { explain } from './explain.ts';
import type { Explaining, SimulatedRequest } from './simulation.ts';

/** The caller of a simulated request: an account, as if it had a valid credential, or the caller of a JWT. */
export type SimulatedCaller = { readonly account: ServiceAccount } | { readonly jwt: string };

/**
 * Explains the decision on a simulated request at its own time.
 * @param caller undefined for a request without a credential
 */
export async function explainSimulated(
  explaining: Explaining,
  request: SimulatedRequest,
  caller: SimulatedCaller | undefined,
): Promise<DescribedExplanation> {
  const identification = await identificationOf(explaining, caller);
  const headers = [...request.headers, ...credentialHeaders(caller)];
  const simulation = explaining.simulate({ ...request, headers });
  const parts = { ...explaining.parts, ...identification, clock: () => request.time };
  const explanation = await explain(parts, simulation.request);
  const { outcome } = explanation;
  return describeExplanation(explanation, 'fault' in outcome ? undefined : simulation.answer(outcome));
}

/** The header that makes the credential count. For an account its value does not matter. */
function credentialHeaders(caller: SimulatedCaller | undefined): (readonly [string, string])[] {
  return caller ? [[OWN_HEADERS[0].header, 'jwt' in caller ? caller.jwt : 'assumed']] : [];
}

async function identificationOf(
  explaining: Explaining,
  caller: SimulatedCaller | undefined,
): Promise<Identification> {
  const { sources } = explaining;
  if (!caller)
    return { tokens: { verify: unasked, isMeantForUs: () => false }, callers: { resolve: unasked } };
  return 'jwt' in caller
    ? { tokens: await explaining.tokens(), callers: createCallerDirectory(sources, 1) }
    : identifyAsAccount(caller.account, sources);
}

function unasked(): never {
  throw new Error('a request without a credential was identified');
}

const ASSUMED = CredentialId.parse('assumed');

/**
 * Identifies every credential as a valid one of this account, so that a decision can be explained without a token. Still
 * checks the account itself: disabled, expired, its directory user deleted.
 */
function identifyAsAccount(
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
