import type { CredentialScheme } from './credential-scheme.ts';
import type { RequestHeaders } from './request-headers.ts';

/** Where one of our schemes begins: at the start of a value, or of an element of a comma-joined one. */
const OURS = /(?:^|,)\s*(?:pomerium(?=[\s,]|$)|bearer\s+pomerium-)/i;

/** Whether an `Authorization` holds a credential of ours, well-formed or not. */
export function authorizationIsOurs(values: readonly string[]): boolean {
  for (const value of values) if (OURS.test(value)) return true;
  return false;
}

const NONE: readonly string[] = Object.freeze([]);
const AUTHORIZATION: readonly string[] = Object.freeze(['authorization']);

/**
 * The credential headers to take off before the upstream beside `x-pomerium-authorization`, which always goes. An
 * `Authorization` that is not ours belongs to the upstream and stays.
 * @param scheme of the credential that counted
 */
export function credentialHeadersToRemove(
  headers: RequestHeaders,
  scheme: CredentialScheme | undefined,
): readonly string[] {
  if (scheme === 'authorization-pomerium' || scheme === 'authorization-bearer') return AUTHORIZATION;
  return authorizationIsOurs(headers.values('authorization')) ? AUTHORIZATION : NONE;
}
