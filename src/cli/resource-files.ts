import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { decodeUtf8 } from '../files/decode-utf8.ts';
import { readTextFile } from '../files/read-bounded-file.ts';
import type { ResourceFile } from '../manifests/parse-resources.ts';
import type { CliContext } from './cli-context.ts';
import { nameOfFile } from './input-file.ts';

export const FILE_FLAGS = '-f, --file <file>';
export const FILE_HELP = 'YAML file, or - for standard input; may be repeated';

export function collectFile(file: string, files: readonly string[] = []): readonly string[] {
  if (file === '-' && files.includes('-')) throw new InvalidArgumentError('standard input can be read once');
  return [...files, file];
}

/** Parsers of what is in a file have limits of their own, in characters. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The texts of files, in their order. */
export function readResourceFiles(context: CliContext, files: readonly string[]): Promise<ResourceFile[]> {
  return Promise.all(files.map((file) => readResourceFile(context, file)));
}

/** A file that can't be read: the command line is wrong. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

async function readResourceFile({ stdin, cwd }: CliContext, file: string): Promise<ResourceFile> {
  const source = file === '-' ? 'standard input' : nameOfFile(file);
  const text = file === '-' ? decodeUtf8(await buffer(stdin)) : readTextFile(resolve(cwd, file), MAX_BYTES);
  if (typeof text !== 'string') throw new UnreadableFile(`${source} can't be read: ${text.problem}`);
  // What a command before this one in a pipe did not write must not pass for nothing to do.
  if (text.trim() === '') throw new UnreadableFile(`${source} is empty`);
  return { file, text };
}
