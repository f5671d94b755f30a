import { statSync } from 'node:fs';
import { readTextFile } from '../files/read-bounded-file.ts';
import { SharedSecret } from './pomerium-section.ts';
import { Secret } from './secret.ts';

const MAX_SECRET = 4096;

/** A file without a usable secret. The message names it and quotes nothing of it. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/** A password: the text without its last line break. Throws `SecretFileError`. */
export function readPasswordFile(file: string): Secret {
  const text = readSecretText(file);
  if (text === '') throw new SecretFileError(`expected a password in ${file}: it is empty`);
  return new Secret(Buffer.from(text));
}

/** Pomerium's shared secret. Throws `SecretFileError`. */
export function readSharedSecretFile(file: string): Secret {
  const secret = SharedSecret.safeParse(readSecretText(file));
  if (!secret.success) throw new SecretFileError(`expected base64 of 32 bytes in ${file}`);
  return secret.data;
}

/** The path, if it can be read more than once: a pipe is read at the start only. */
export function rereadable(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

function readSecretText(file: string): string {
  const text = readTextFile(file, MAX_SECRET);
  if (typeof text === 'string') return text.replace(/\r?\n$/, '');
  throw new SecretFileError(`expected a file that can be read: ${file}: ${text.problem}`);
}
