import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { decodeUtf8 } from '../files/decode-utf8.ts';
import { readTextFile } from '../files/read-bounded-file.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/** Characters. A longer text is not a file name. */
const MAX_NAME = 255;

/**
 * The name of an unreadable file, for messages. A JWT or PEM block that was passed instead of a name must not end up in a log, so
 * a text that may be one is not named.
 */
export function nameOfFile(file: string): string {
  return file.length > MAX_NAME || /[\n\r]|^eyJ|-----/.test(file) ? 'the file that is named' : file;
}

/** The text of a small file. Throws `UsageError`. */
export function readInputText({ cwd }: Pick<CliContext, 'cwd'>, file: string, limit: number): string {
  const text = readTextFile(resolve(cwd, file), limit);
  if (typeof text === 'string') return text;
  throw new UsageError(`${nameOfFile(file)} can't be read: ${text.problem}`);
}

/**
 * The secret in a file, or on standard input for `-`. The name is never shown, because it may be the secret itself. Rejects with
 * `UsageError`.
 * @param option such as `--jwt`
 */
export async function readSecretText(
  { cwd, stdin }: Pick<CliContext, 'cwd' | 'stdin'>,
  file: string,
  option: string,
): Promise<string> {
  const text = file === '-' ? decodeUtf8(await buffer(stdin)) : readTextFile(resolve(cwd, file), MAX_SECRET);
  if (typeof text === 'string') return text;
  const source = file === '-' ? 'standard input' : `the file that ${option} names`;
  throw new UsageError(
    `${source} can't be read: ${text.problem}${file === '-' ? '' : `; ${option} takes the name of a file, or - for standard input`}`,
  );
}

const MAX_SECRET = 64 * 1024;
