/**
 * What a header says when it is read by one scheme: a token, or that it is meant as a credential of ours but holds none
 * that can count; undefined where the scheme does not apply to it.
 */
export type CredentialClaim = { readonly token: string } | { readonly malformed: string };

/** A header that carries exactly one token, or why not. `text` is what follows the scheme's own prefix. */
export function claimOneToken(text: string): CredentialClaim {
  const token = text.trim();
  if (token === '') return { malformed: 'the credential is empty' };
  if (/[\s,]/.test(token)) return { malformed: 'more than one credential was sent' };
  return { token };
}
