import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactSign, importJWK, type JWK } from 'jose';
import type { CreatedCredential } from './sidecar.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a credential says. */
export function readToken(jwt: string): { header: JsonObject; claims: JsonObject } {
  const [header, claims] = jwt
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return { header, claims };
}

/** The credential key of a stack's sidecar: what only the machine that makes credentials has. */
export function readCredentialKey(storeFolder: string): JWK {
  const { keys } = JSON.parse(readFileSync(join(storeFolder, 'keys', 'credential.jwks.json'), 'utf8'));
  return keys[0];
}

/** The credential again, with other claims or another header, signed by `key`. A change to undefined leaves out. */
export async function resignToken(
  credential: CreatedCredential,
  key: JWK,
  { header = {}, claims = {} }: { header?: JsonObject; claims?: JsonObject },
): Promise<string> {
  const original = readToken(credential.jwt);
  const alg = String(original.header.alg);
  return await new CompactSign(Buffer.from(JSON.stringify({ ...original.claims, ...claims })))
    .setProtectedHeader({ alg, ...original.header, ...header })
    .sign(await importJWK(key, alg), { crit: { x: true } });
}

/** A JWS with HMAC-SHA-256, as Pomerium signs and as forgers try. */
export function signHs256(secret: Buffer | string, header: JsonObject, claims: JsonObject): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
