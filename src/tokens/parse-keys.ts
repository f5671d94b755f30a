import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { isSoundEd25519Point } from './ed25519-point.ts';
import { KeyFileError } from './key-file-error.ts';
import type { PublicJwk, SigningAlgorithm } from './key-set.ts';

/** One key of a file. */
export interface ParsedKey {
  readonly publicJwk: PublicJwk;
  /** Undefined if the file has only the public key. */
  readonly privateKey: KeyObject | undefined;
}

const EXPECTED = 'expected a JWK, a JWK Set or PEM';

/**
 * The keys of a key file, in its order: a JWK or JWK Set (RFC 7517), or PEM blocks (PKCS#8, SPKI, SEC1). Throws
 * `KeyFileError` if one is invalid or two share a `kid`.
 */
export async function parseKeys(text: string, path: string): Promise<ParsedKey[]> {
  const blocks = text.includes('-----BEGIN ') ? splitPem(text, path) : undefined;
  const sources = blocks ?? listJwks(text, path);
  if (sources.length === 0) throw new KeyFileError(path, `holds no key; ${EXPECTED}`);
  const keys: ParsedKey[] = [];
  const kids = new Set<string>();
  for (const [index, source] of sources.entries()) {
    const where = sources.length === 1 ? '' : `key ${index + 1} of ${sources.length} `;
    const key = await parseKey(source, (problem) => new KeyFileError(path, `${where}${problem}`));
    if (kids.has(key.publicJwk.kid)) throw new KeyFileError(path, `${where}has the kid of one before it`);
    kids.add(key.publicJwk.kid);
    keys.push(key);
  }
  return keys;
}

type Fail = (problem: string) => KeyFileError;

async function parseKey(source: string | JwkMembers, fail: Fail): Promise<ParsedKey> {
  const key = typeof source === 'string' ? readPemBlock(source, fail) : readJwk(source, fail);
  const privateKey = key.type === 'private' ? key : undefined;
  const publicKey = privateKey === undefined ? key : createPublicKey(key);
  const members = exportPublic(publicKey, fail);
  if (privateKey !== undefined && !isPair(privateKey, publicKey)) throw fail(NO_PAIR);
  if (typeof source === 'string')
    return {
      publicJwk: { ...members, kid: await calculateJwkThumbprint({ ...members }), use: 'sig' },
      privateKey,
    };
  if (source.x !== members.x || source.y !== members.y) throw fail(NO_PAIR);
  checkDeclaredUse(source, members.alg, fail);
  const kid = source.kid ?? (await calculateJwkThumbprint({ ...members }));
  return { publicJwk: { ...members, kid, use: 'sig' }, privateKey };
}

const NO_PAIR = 'has a public part that does not belong to its private one, or is not in canonical base64url';

/**
 * Whether the keys belong together. OpenSSL does not check the public part of a P-256 key, and with a wrong one no
 * verifier would accept our tokens.
 */
function isPair(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const digest = privateKey.asymmetricKeyType === 'ec' ? 'sha256' : null;
  const probe = Buffer.from('sallyport');
  return verify(digest, probe, publicKey, sign(digest, probe, privateKey));
}

/** RFC 5958, and RFC 5915 as `openssl ecparam -genkey` writes it. */
const PRIVATE_LABELS: ReadonlySet<string> = new Set(['PRIVATE KEY', 'EC PRIVATE KEY']);
/** The curve of a key, which the key itself also names. */
const PARAMETERS = 'EC PARAMETERS';
const ENCRYPTED = /^Proc-Type: 4,ENCRYPTED/m;

function labelOf(block: string): string {
  const start = '-----BEGIN '.length;
  return block.slice(start, block.indexOf('-----', start));
}

function readPemBlock(block: string, fail: Fail): KeyObject {
  const label = labelOf(block);
  const isPrivate = PRIVATE_LABELS.has(label);
  if (!isPrivate && label !== 'PUBLIC KEY')
    throw fail(
      'is in a PEM block that is neither PRIVATE KEY (PKCS#8, not encrypted), EC PRIVATE KEY (SEC1) nor PUBLIC KEY (SPKI); to convert it: openssl pkey -in OLD -out NEW',
    );
  if (ENCRYPTED.test(block))
    throw fail('is encrypted with a passphrase; to decrypt it: openssl pkey -in OLD -out NEW');
  try {
    return isPrivate ? createPrivateKey(block) : createPublicKey(block);
  } catch {
    throw fail('is in a PEM block that holds no valid key');
  }
}

function readJwk(jwk: JwkMembers, fail: Fail): KeyObject {
  const { kty, crv, x, y, d } = jwk;
  if (!(kty === 'OKP' && crv === 'Ed25519') && !(kty === 'EC' && crv === 'P-256')) throw fail(WRONG_KIND);
  const members = { kty, crv, ...(x !== undefined && { x }), ...(kty === 'EC' && y !== undefined && { y }) };
  try {
    return d === undefined
      ? createPublicKey({ key: members, format: 'jwk' })
      : createPrivateKey({ key: { ...members, d }, format: 'jwk' });
  } catch {
    throw fail('is not a valid JWK');
  }
}

const UNSOUND = 'is not a point of Ed25519, or has a small order, so that anyone can forge its signatures';
const WRONG_KIND = 'is neither an Ed25519 nor a P-256 key';

function exportPublic(key: KeyObject, fail: Fail): Omit<PublicJwk, 'kid' | 'use'> {
  const curve = key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType;
  if (curve !== 'ed25519' && curve !== 'prime256v1') throw fail(WRONG_KIND);
  const { x, y } = key.export({ format: 'jwk' });
  if (curve === 'ed25519' && x !== undefined) {
    // OpenSSL checks points of P-256 itself.
    if (!isSoundEd25519Point(Buffer.from(x, 'base64url'))) throw fail(UNSOUND);
    return { kty: 'OKP', crv: 'Ed25519', x, alg: 'EdDSA' };
  }
  if (x !== undefined && y !== undefined) return { kty: 'EC', crv: 'P-256', x, y, alg: 'ES256' };
  throw fail(WRONG_KIND);
}

function splitPem(text: string, path: string): string[] {
  return text
    .split('-----BEGIN ')
    .slice(1)
    .map((rest) => {
      const label = rest.slice(0, rest.indexOf('-----'));
      const end = `-----END ${label}-----`;
      const at = rest.indexOf(end);
      if (at === -1) throw new KeyFileError(path, 'has a PEM block without its end');
      return `-----BEGIN ${rest.slice(0, at + end.length)}\n`;
    })
    .filter((block) => labelOf(block) !== PARAMETERS);
}

function listJwks(text: string, path: string): JwkMembers[] {
  const list = listMembers(parseJson(text, path));
  if (!Array.isArray(list) || list.length === 0) throw new KeyFileError(path, `holds no key; ${EXPECTED}`);
  return list.map((item: unknown) => {
    const jwk = JwkMembers.safeParse(item);
    if (jwk.success) return jwk.data;
    const member = jwk.error.issues[0]?.path[0];
    const problem =
      member === undefined ? 'is not a JWK' : `has a JWK with a missing or invalid ${String(member)}`;
    throw new KeyFileError(path, `${problem}; ${EXPECTED}`);
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeyFileError(path, `is neither JSON nor PEM; ${EXPECTED}`);
  }
}

function listMembers(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'keys' in json ? json.keys : [json];
}

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
