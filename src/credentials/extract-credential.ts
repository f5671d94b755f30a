import { authorizationIsOurs } from './credential-headers.ts';
import { AUTHORIZATION_SCHEMES, type CredentialScheme, OWN_HEADERS } from './header-schemes.ts';
import type { RequestHeaders } from './request-headers.ts';

/** The one credential of a request, or why what it sent can't count (`token-invalid`). */
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
  malformed: `Bearer <jwt> alone does not count here: send it as ${FORMS.toReversed().join(', ')} or ${LAST_FORM}`,
};

/**
 * The first scheme that is present counts, and nothing after it, good or bad; a credential of ours in the wrong form is
 * refused beside any.
 * @param isMeantForUs whether a JWT says that it is a credential of this mesh
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
  // Ours, but beside something else: an upstream may read either of the two.
  if (authorizationIsOurs(values)) return { scheme: schemeAmong(values), malformed: REPEATED };
  return holdsBareToken(values, isMeantForUs) ? WRONG_FORM : undefined;
}

/** A header that carries exactly one token, or why not. `text` is what follows the scheme's own prefix. */
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

/** Whether an `Authorization` holds `Bearer <jwt>` with a JWT that is ours: alone, repeated or in a comma-joined value. */
function holdsBareToken(values: readonly string[], isMeantForUs: (token: string) => boolean): boolean {
  for (const value of values)
    for (const part of value.includes(',') ? value.split(',') : [value]) {
      const token = BARE_BEARER.exec(part)?.[1];
      if (token !== undefined && isMeantForUs(token)) return true;
    }
  return false;
}
