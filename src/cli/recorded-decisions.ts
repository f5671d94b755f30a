import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type RecordedDecision, readDecision } from '../check/recorded-decision.ts';
import type { CliContext } from './cli-context.ts';

/**
 * The decisions among the lines of a log; `undefined` for a line that is none (other events, what is not JSON). Rejects
 * where the file can't be read.
 * @param file a path, or `-` for standard input
 */
export async function* readDecisions(
  { cwd, stdin }: Pick<CliContext, 'cwd' | 'stdin'>,
  file: string,
): AsyncGenerator<RecordedDecision | undefined> {
  const input = file === '-' ? stdin : createReadStream(resolve(cwd, file), 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line.trim() !== '') yield readDecision(line);
}
