import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { decodeUtf8 } from '../files/decode-utf8.ts';
import { readTextFile } from '../files/read-bounded-file.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/** Longer than the name of any file that people type. */
const MAX_NAME = 255;

/**
 * What to call a file that could not be read: by its name, unless that may be what the file should hold. A JWT or a PEM block that is
 * given in the place of a name must not end up in a log.
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
 * The secret in a file, or on standard input for `-`. The name is never told: somebody may have given the secret itself. Throws
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
