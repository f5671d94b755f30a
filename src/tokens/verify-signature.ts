import { compactVerify, errors } from 'jose';
import type { TokenCandidate } from './token-candidate.ts';

/**
 * Whether `key` signed a token that `parseCompactJws` takes (jose is more lenient about its form), with `alg` and nothing
 * else. Only a fault rejects.
 */
export async function verifySignature(
  token: string,
  { key, alg }: Pick<TokenCandidate, 'key' | 'alg'>,
): Promise<boolean> {
  try {
    await compactVerify(token, await key, { algorithms: [alg] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
