import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountId } from '../../src/accounts/account-id.ts';
import type { IdentifierKind } from '../../src/accounts/identifier.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { issueToken, type TokenGrant } from '../../src/tokens/issue-token.ts';
import { loadSigningKeys } from '../../src/tokens/key-file.ts';
import type { KeySource, SigningAlgorithm, SigningKeys } from '../../src/tokens/key-set.ts';
import type { TokenRefusal } from '../../src/tokens/token-refusal.ts';
import type { TokenVerdict } from '../../src/tokens/token-verifier.ts';
import type { VerifiedToken } from '../../src/tokens/verified-token.ts';

export const ISSUER = 'https://sallyport.example.com';
export const MESH = 'mesh.example.com';
export const ADMIN = 'admin.example.com';
/** 2026-01-01T00:00:00Z, in seconds */
export const ISSUED_AT = 1_767_225_600;
/** Ten seconds later, in milliseconds */
export const NOW = (ISSUED_AT + 10) * 1000;
export const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-tokens-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function makeKeys(alg: SigningAlgorithm): Promise<SigningKeys> {
  return inFolder(async (folder) => {
    const path = join(folder, 'key.json');
    await generateKeyFile(path, alg);
    return loadSigningKeys(path);
  });
}

/** Keys that a test swaps by hand. */
export class SwappedKeys<Keys> implements KeySource<Keys> {
  current: Keys;
  generation = 1;
  constructor(current: Keys) {
    this.current = current;
  }
  swap(keys: Keys): void {
    this.current = keys;
    this.generation += 1;
  }
}

export function id<Id extends string>(kind: IdentifierKind<Id>, text: string): Id {
  const parsed = kind.parse(text);
  if (parsed === undefined) throw new Error(`${text} is no id`);
  return parsed;
}

export const ACCOUNT = id(AccountId, 'billing-sync');
export const USER = id(UserId, 'billing@team-a');
export const CREDENTIAL = id(CredentialId, 'c-0001');

export function issue(keys: SigningKeys, changes: Partial<TokenGrant> = {}): Promise<string> {
  return issueToken({
    signer: keys.signer,
    issuer: ISSUER,
    audience: MESH,
    accountId: ACCOUNT,
    userId: USER,
    credentialId: CREDENTIAL,
    issuedAt: ISSUED_AT,
    ...changes,
  });
}

export const NATIVE_CLAIMS = {
  iss: ISSUER,
  aud: MESH,
  sub: 'billing@team-a',
  client_id: 'billing-sync',
  jti: 'c-0001',
  iat: ISSUED_AT,
  nbf: ISSUED_AT,
};
export const POMERIUM_CLAIMS = { jti: 'billing-sync', sub: 'billing@team-a', iat: ISSUED_AT, nbf: ISSUED_AT };

export function encodeJson(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** A token with any header and payload (text is taken as it is), under an HMAC. */
export function signHmac(header: unknown, claims: unknown, secret: Uint8Array | string = SECRET): string {
  const input = `${encodeJson(header)}.${encodeJson(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** A token with any header and payload (text is taken as it is), under one of our keys. */
export async function signAny(keys: SigningKeys, header: unknown, claims: unknown): Promise<string> {
  const input = `${encodeJson(header)}.${encodeJson(claims)}`;
  const algorithm = keys.signer.alg === 'EdDSA' ? 'Ed25519' : { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, keys.signer.key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

export function reasonOf(verdict: TokenVerdict): TokenRefusal['refused'] | 'verified' {
  return isRefusal(verdict) ? verdict.refused : 'verified';
}

export function isRefusal(verdict: VerifiedToken | TokenRefusal): verdict is TokenRefusal {
  return 'refused' in verdict;
}

export async function writeFiles(folder: string, files: Record<string, string>, mode = 0o600): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode });
}

/** Waits for a state, at most five seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
