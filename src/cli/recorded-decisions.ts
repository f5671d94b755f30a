import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type RecordedDecision, readDecision } from '../explain/recorded-decision-schema.ts';
import { decodeUtf8 } from '../files/decode-utf8.ts';
import { problemOf } from '../files/read-bounded-file.ts';
import type { CliContext } from './cli-context.ts';
import { nameOfFile } from './input-file.ts';
import { UnreadableFile } from './resource-files.ts';

/**
 * The decisions among the lines of a log; `undefined` for a line that is none (other events, what is not JSON or not UTF-8).
 * Rejects where the file can't be read.
 * @param file a path, or `-` for standard input
 */
export async function* readDecisions(
  { cwd, stdin }: Pick<CliContext, 'cwd' | 'stdin'>,
  file: string,
): AsyncGenerator<RecordedDecision | undefined> {
  const source = file === '-' ? stdin : readable(resolve(cwd, file), file);
  for await (const bytes of splitLines(source)) {
    const line = decodeUtf8(bytes);
    if (typeof line !== 'string') yield undefined;
    else if (line.trim() !== '') yield readDecision(line);
  }
}

async function* readable(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw new UnreadableFile(`${nameOfFile(name)} can't be read: ${problemOf(error)}`);
  }
}

const LINE_FEED = 0x0a;

async function* splitLines(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const piece of stream) {
    const chunk = Buffer.from(piece);
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
  }
  yield Buffer.concat(begun);
}
