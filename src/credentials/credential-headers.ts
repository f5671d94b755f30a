import { AUTHORIZATION_SCHEMES, type CredentialScheme } from './header-schemes.ts';
import type { RequestHeaders } from './request-headers.ts';

/** One of our schemes at the start of a value, or of an element of a comma-joined value. */
const OURS = new RegExp(`(?:^|,)\\s*(?:${AUTHORIZATION_SCHEMES.map(({ prefix }) => prefix).join('|')})`, 'i');

/** Whether an `Authorization` holds one of our credentials, well-formed or not. */
export function authorizationIsOurs(values: readonly string[]): boolean {
  for (const value of values) if (OURS.test(value)) return true;
  return false;
}

const NONE: readonly string[] = Object.freeze([]);
const AUTHORIZATION: readonly string[] = Object.freeze(['authorization']);

/**
 * The credential headers to remove before the upstream, in addition to `OWN_HEADERS`. Another `Authorization` belongs to
 * the upstream and stays.
 * @param scheme of the credential that counted
 */
export function credentialHeadersToRemove(
  headers: RequestHeaders,
  scheme: CredentialScheme | undefined,
): readonly string[] {
  for (const { name } of AUTHORIZATION_SCHEMES) if (name === scheme) return AUTHORIZATION;
  return authorizationIsOurs(headers.values('authorization')) ? AUTHORIZATION : NONE;
}
