import { z } from 'zod';
import type { SigningAlgorithm } from './key-set.ts';

/** The members of a JWK that are read (RFC 7517 §4, RFC 7518 §6.2, RFC 8037 §2). Others are ignored. */
export const JwkMembers = z.object({
  kty: z.string(),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  d: z.string().optional(),
  kid: z.string().min(1).max(256).optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
});
export type JwkMembers = z.infer<typeof JwkMembers>;

/** Throws the error of `fail` if a JWK declares another use than signatures of its own algorithm. */
export function checkDeclaredUse(
  jwk: JwkMembers,
  alg: SigningAlgorithm,
  fail: (problem: string) => Error,
): void {
  // RFC 9864 §2.2 calls EdDSA with Ed25519 "Ed25519", and newer runtimes export this name.
  const sameAlgorithm =
    jwk.alg === undefined || jwk.alg === alg || (alg === 'EdDSA' && jwk.alg === 'Ed25519');
  if (!sameAlgorithm) throw fail(`has an alg other than ${alg}, which is what a key of its kind is for`);
  if (jwk.use !== undefined && jwk.use !== 'sig') throw fail('has a use other than sig');
  const needed = jwk.d === undefined ? 'verify' : 'sign';
  const operations = jwk.key_ops;
  if (operations === undefined) return;
  if (
    !operations.includes(needed) ||
    operations.some((operation) => operation !== 'sign' && operation !== 'verify')
  )
    throw fail(`has key_ops that are not for ${needed === 'sign' ? 'signing' : 'verifying'}`);
}
