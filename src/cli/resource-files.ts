import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import type { ResourceFile } from '../resources/parse-resources.ts';
import type { CliContext } from './cli-context.ts';

export const FILE_FLAGS = '-f, --file <file>';
export const FILE_HELP = 'YAML file, or - for standard input; may be repeated';

export function collectFile(file: string, files: readonly string[] = []): readonly string[] {
  if (file === '-' && files.includes('-')) throw new InvalidArgumentError('standard input can be read once');
  return [...files, file];
}

/** The texts of files, in their order. */
export function readResourceFiles(context: CliContext, files: readonly string[]): Promise<ResourceFile[]> {
  return Promise.all(files.map((file) => readResourceFile(context, file)));
}

/** A file that can't be read: the command line is wrong. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

async function readResourceFile({ stdin, cwd }: CliContext, file: string): Promise<ResourceFile> {
  if (file === '-') return { file, text: await text(stdin) };
  try {
    return { file, text: await readFile(resolve(cwd, file), 'utf8') };
  } catch (error) {
    throw new UnreadableFile(
      `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
