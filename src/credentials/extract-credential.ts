import { readAuthorizationBearer } from './authorization-bearer.ts';
import { readAuthorizationPomerium } from './authorization-pomerium.ts';
import { holdsBareToken } from './bare-bearer.ts';
import { authorizationIsOurs } from './credential-headers.ts';
import type { CredentialScheme } from './credential-scheme.ts';
import type { RequestHeaders } from './request-headers.ts';
import { readXPomeriumAuthorization } from './x-pomerium-authorization.ts';

/** The one credential of a request, or why what it sent can't count (`token-invalid`). */
export type PresentedCredential =
  | { readonly scheme: CredentialScheme; readonly token: string }
  | { readonly scheme: CredentialScheme; readonly malformed: string };

const REPEATED = 'more than one credential was sent';

const WRONG_FORM =
  'Bearer <jwt> alone does not count here: send it as Authorization: Bearer Pomerium-<jwt>, Authorization: Pomerium <jwt> or X-Pomerium-Authorization: <jwt>';

/**
 * The first scheme that is present counts, and nothing after it, good or bad; a credential of ours in the wrong form is refused
 * beside any. DESIGN §4, PLANES 17.
 * @param isMeantForUs whether a JWT says that it is a credential of this mesh
 */
export function extractCredential(
  headers: RequestHeaders,
  isMeantForUs: (token: string) => boolean,
): PresentedCredential | undefined {
  const own = headers.values('x-pomerium-authorization');
  const authorization = headers.values('authorization');
  if (own[0] === undefined) return extractFromAuthorization(authorization, isMeantForUs);
  if (authorization.length > 0 && holdsBareToken(authorization, isMeantForUs))
    return { scheme: 'authorization-bearer', malformed: WRONG_FORM };
  const scheme = 'x-pomerium-authorization';
  return own.length > 1 ? { scheme, malformed: REPEATED } : { scheme, ...readXPomeriumAuthorization(own[0]) };
}

function extractFromAuthorization(
  values: readonly string[],
  isMeantForUs: (token: string) => boolean,
): PresentedCredential | undefined {
  const value = values[0];
  if (value === undefined) return undefined;
  if (values.length === 1) {
    const pomerium = readAuthorizationPomerium(value);
    if (pomerium) return { scheme: 'authorization-pomerium', ...pomerium };
    const bearer = readAuthorizationBearer(value);
    if (bearer) return { scheme: 'authorization-bearer', ...bearer };
  }
  // Ours, but beside something else: which of the two an upstream would read is anybody's guess.
  if (authorizationIsOurs(values)) return { scheme: schemeOf(values), malformed: REPEATED };
  return holdsBareToken(values, isMeantForUs)
    ? { scheme: 'authorization-bearer', malformed: WRONG_FORM }
    : undefined;
}

function schemeOf(values: readonly string[]): CredentialScheme {
  const isPomerium = values.some((value) => value.split(',').some((part) => readAuthorizationPomerium(part)));
  return isPomerium ? 'authorization-pomerium' : 'authorization-bearer';
}
