/** A header that only Sallyport reads. */
interface OwnHeader {
  readonly name: string;
  /** In lower case. */
  readonly header: string;
  /** For refusals. */
  readonly form: string;
}

/** A scheme of `Authorization` (RFC 9110 §11.1). */
interface AuthorizationScheme {
  readonly name: string;
  /** The text before the JWT, as the source of a regular expression that ignores letter case. */
  readonly prefix: string;
  readonly form: string;
}

/** Headers that carry a credential, in order of precedence. They precede `Authorization`. */
export const OWN_HEADERS = [
  {
    name: 'x-pomerium-authorization',
    header: 'x-pomerium-authorization',
    form: 'X-Pomerium-Authorization: <jwt>',
  },
] as const satisfies OwnHeader[];

/** Schemes of `Authorization` that carry a credential, in order of precedence. */
export const AUTHORIZATION_SCHEMES = [
  {
    name: 'authorization-pomerium',
    prefix: 'pomerium(?=[\\s,]|$)',
    form: 'Authorization: Pomerium <jwt>',
  },
  // For clients that can only send Bearer.
  {
    name: 'authorization-bearer',
    prefix: 'bearer\\s+pomerium-',
    form: 'Authorization: Bearer Pomerium-<jwt>',
  },
] as const satisfies AuthorizationScheme[];

export type CredentialScheme =
  | (typeof OWN_HEADERS)[number]['name']
  | (typeof AUTHORIZATION_SCHEMES)[number]['name'];

const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  ...OWN_HEADERS.map(({ header }) => header),
]);

/** Whether a header may carry one of our credentials. */
export function isCredentialHeader(name: string): boolean {
  return CREDENTIAL_HEADERS.has(name.toLowerCase());
}
