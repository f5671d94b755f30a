import { BAD_SIGNATURE } from './claim-refusals.ts';
import type { CompactJws } from './compact-jws.ts';
import type { VerificationKey } from './key-set.ts';
import { quoteClaim, refuseToken, type TokenRefusal } from './token-refusal.ts';

/** Bytes of a signature: RFC 8032 §5.1.6 for Ed25519, RFC 7518 §3.4 for ES256. */
const SIGNATURE_LENGTH = 64;

const UNKNOWN_KEY = refuseToken('its key is not known here');
const WRONG_ALGORITHM = refuseToken('its algorithm is not that of its key');

/** The key that a token names. It decides on the algorithm; a token that says another one does not count. */
export function chooseVerificationKey(
  { header, signatureLength }: CompactJws,
  keys: ReadonlyMap<string, VerificationKey>,
): VerificationKey | TokenRefusal {
  const key = typeof header.kid === 'string' ? keys.get(header.kid) : undefined;
  if (key === undefined) return refuseUnknownKey(header.kid);
  if (header.alg !== key.alg) return WRONG_ALGORITHM;
  return signatureLength === SIGNATURE_LENGTH ? key : BAD_SIGNATURE;
}

function refuseUnknownKey(kid: unknown): TokenRefusal {
  return {
    ...UNKNOWN_KEY,
    hint: `no key has the kid ${quoteClaim(kid)}: if it signs credentials of this mesh, its public half belongs in keys.verification; if it was removed, rotate the credential`,
  };
}
