import { authorizationIsOurs } from './credential-headers.ts';
import { AUTHORIZATION_SCHEMES, type CredentialScheme, OWN_HEADERS } from './header-schemes.ts';
import type { RequestHeaders } from './request-headers.ts';

/** The credential of a request, or why it is malformed (`token-invalid`). */
export type PresentedCredential =
  | { readonly scheme: CredentialScheme; readonly token: string }
  | { readonly scheme: CredentialScheme; readonly malformed: string };

const STARTS = AUTHORIZATION_SCHEMES.map(({ name, prefix }) => ({
  scheme: name,
  start: new RegExp(`^\\s*${prefix}`, 'i'),
}));
const BARE_BEARER = /^\s*bearer\s+(\S+)/i;

const REPEATED = 'more than one credential was sent';
const [LAST_FORM, ...FORMS] = [...OWN_HEADERS, ...AUTHORIZATION_SCHEMES].map(({ form }) => form);
const WRONG_FORM: PresentedCredential = {
  scheme: 'authorization-bearer',
  malformed: `Bearer <jwt> is not accepted here: send it as ${FORMS.toReversed().join(', ')} or ${LAST_FORM}`,
};

/**
 * Takes the first scheme that is present, valid or not. Refuses one of our credentials in the wrong form, also beside a
 * valid one.
 * @param isMeantForUs whether a JWT claims to be a credential of this mesh
 */
export function extractCredential(
  headers: RequestHeaders,
  isMeantForUs: (token: string) => boolean,
): PresentedCredential | undefined {
  const authorization = headers.values('authorization');
  for (const { name, header } of OWN_HEADERS) {
    const values = headers.values(header);
    if (values[0] === undefined) continue;
    if (authorization.length > 0 && holdsBareToken(authorization, isMeantForUs)) return WRONG_FORM;
    return values.length > 1 ? { scheme: name, malformed: REPEATED } : claimOneToken(name, values[0]);
  }
  return extractFromAuthorization(authorization, isMeantForUs);
}

function extractFromAuthorization(
  values: readonly string[],
  isMeantForUs: (token: string) => boolean,
): PresentedCredential | undefined {
  const value = values[0];
  if (value === undefined) return undefined;
  if (values.length === 1)
    for (const { scheme, start } of STARTS) {
      const match = start.exec(value);
      if (match) return claimOneToken(scheme, value.slice(match[0].length));
    }
  // An upstream may read either of several values.
  if (authorizationIsOurs(values)) return { scheme: schemeAmong(values), malformed: REPEATED };
  return holdsBareToken(values, isMeantForUs) ? WRONG_FORM : undefined;
}

/** The one token of a header, or why it is malformed. `text` follows the scheme's prefix. */
function claimOneToken(scheme: CredentialScheme, text: string): PresentedCredential {
  const token = text.trim();
  if (token === '') return { scheme, malformed: 'the credential is empty' };
  return /[\s,]/.test(token) ? { scheme, malformed: REPEATED } : { scheme, token };
}

function schemeAmong(values: readonly string[]): CredentialScheme {
  const parts = values.flatMap((value) => value.split(','));
  const found = STARTS.find(({ start }) => parts.some((part) => start.test(part)));
  return found?.scheme ?? 'authorization-bearer';
}

/** Whether an `Authorization` holds `Bearer <jwt>` with one of our JWTs: alone, repeated or in a comma-joined value. */
function holdsBareToken(values: readonly string[], isMeantForUs: (token: string) => boolean): boolean {
  for (const value of values)
    for (const part of value.includes(',') ? value.split(',') : [value]) {
      const token = BARE_BEARER.exec(part)?.[1];
      if (token !== undefined && isMeantForUs(token)) return true;
    }
  return false;
}
