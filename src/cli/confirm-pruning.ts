import { createInterface } from 'node:readline/promises';
import { printable } from '../text/printable.ts';
import type { Named } from './ask-for-change.ts';
import type { CliContext } from './cli-context.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { isTerminal } from './output.ts';
import { EXIT } from './report-error.ts';
import { UsageError } from './usage-error.ts';

/** More names would not help. */
const NAMED = 20;

/**
 * Has a person confirm what pruning takes away. Throws `UsageError` where nobody can be asked, and `ExitQuietly` after a no.
 * @param place where it is taken away
 */
export async function confirmPruning(
  { stdin, stderr }: CliContext,
  pruned: readonly Named[],
  place: string,
  signal: AbortSignal,
): Promise<void> {
  const names = pruned.map(({ kind, id }) => `${kind} ${printable(id)}`);
  const listed = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', …' : '');
  if (!('isTTY' in stdin && stdin.isTTY === true && isTerminal(stderr)))
    throw new UsageError(
      `--prune would delete ${names.length} of what is there (${listed}): nothing was changed; look with --dry-run, and add --yes to do it`,
    );
  stderr.write(`Not in the files:\n${names.map((name) => `- ${name}\n`).join('')}`);
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const answer = await Promise.race([
      lines.question(`Delete ${names.length} on ${place}? [y/N] `, { signal }),
      new Promise<string>((resolve) => lines.once('close', () => resolve(''))),
    ]).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
    if (/^y(?:es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  stderr.write('Nothing was changed.\n');
  throw new ExitQuietly(EXIT.failed);
}
