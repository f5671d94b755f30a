import { generateKeyPair } from 'jose';
import type { SigningAlgorithm, SigningKeys } from './key-set.ts';

/** A key pair that is in no file and that nobody else is told of: it ends with whoever holds it. */
export async function makeThrowawayKeys(alg: SigningAlgorithm): Promise<SigningKeys> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: false });
  const kid = 'throwaway';
  return {
    signer: { kid, alg, key: privateKey },
    verification: new Map([[kid, { kid, alg, key: publicKey }]]),
    publicJwks: { keys: [] },
  };
}
