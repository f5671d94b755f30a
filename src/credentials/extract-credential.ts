import { readAuthorizationBearer } from './authorization-bearer.ts';
import { readAuthorizationPomerium } from './authorization-pomerium.ts';
import { authorizationIsOurs } from './credential-headers.ts';
import type { RequestHeaders } from './request-headers.ts';
import { readXPomeriumAuthorization } from './x-pomerium-authorization.ts';

export type CredentialScheme = 'x-pomerium-authorization' | 'authorization-pomerium' | 'authorization-bearer';

/** The one credential of a request, or why what it sent can't count (`token-invalid`). */
export type PresentedCredential =
  | { readonly scheme: CredentialScheme; readonly token: string }
  | { readonly scheme: CredentialScheme; readonly malformed: string };

const REPEATED = 'more than one credential was sent';

/** The first scheme that is present counts, and nothing after it, good or bad. DESIGN §4. */
export function extractCredential(headers: RequestHeaders): PresentedCredential | undefined {
  const own = headers.values('x-pomerium-authorization');
  if (own[0] !== undefined) {
    const scheme = 'x-pomerium-authorization';
    return own.length > 1
      ? { scheme, malformed: REPEATED }
      : { scheme, ...readXPomeriumAuthorization(own[0]) };
  }
  return extractFromAuthorization(headers.values('authorization'));
}

function extractFromAuthorization(values: readonly string[]): PresentedCredential | undefined {
  const value = values[0];
  if (value === undefined) return undefined;
  if (values.length === 1) {
    const pomerium = readAuthorizationPomerium(value);
    if (pomerium) return { scheme: 'authorization-pomerium', ...pomerium };
    const bearer = readAuthorizationBearer(value);
    if (bearer) return { scheme: 'authorization-bearer', ...bearer };
  }
  // Ours, but beside something else: which of the two an upstream would read is anybody's guess.
  return authorizationIsOurs(values) ? { scheme: schemeOf(values), malformed: REPEATED } : undefined;
}

function schemeOf(values: readonly string[]): CredentialScheme {
  const isPomerium = values.some((value) => value.split(',').some((part) => readAuthorizationPomerium(part)));
  return isPomerium ? 'authorization-pomerium' : 'authorization-bearer';
}
