import { createInterface } from 'node:readline/promises';
import { printable } from '../text/printable.ts';
import type { CliContext } from './cli-context.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { interruptible } from './interruptible.ts';
import { isTerminal, printJson } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import { EXIT } from './report-error.ts';
import type { Change, Named, RequestChange } from './request-change.ts';
import { printRevoked } from './revoke-others.ts';
import type { OperatorOptions } from './server-options.ts';
import { printChanges, printDifference } from './show-changes.ts';
import { UsageError } from './usage-error.ts';
import { withChangingClient } from './with-client.ts';

export interface ChangeOptions extends OperatorOptions {
  readonly dryRun?: true;
  /** Prune without a question. */
  readonly yes?: true;
}

export const YES_HELP = 'delete without confirmation what --prune finds';

/** Selects the planned changes that prune; undefined without `--prune`. */
type FindPruned = ((changes: readonly Change[]) => readonly Named[]) | undefined;

/**
 * Makes a change, or only shows it. Until the commit begins, SIGINT cancels it. Pruning is confirmed first and deletes only what was
 * confirmed, even if the store has changed since.
 * @param prepare reads the input before the store is opened or a server called
 */
export async function changeResources(
  context: CliContext,
  options: ChangeOptions,
  prepare: (progress: Progress) => Promise<RequestChange>,
  findPruned?: FindPruned,
): Promise<void> {
  const dryRun = options.dryRun === true;
  const {
    changes,
    revision,
    revoked = [],
  } = await interruptible(async (signal) => {
    const progress = createProgress(context.stderr, signal);
    try {
      const change = await prepare(progress);
      return await withChangingClient(context, options, async (client) => {
        if (dryRun || options.yes || !findPruned) return change(client, { dryRun, progress });
        const planned = await change(client, { dryRun: true, progress });
        const pruneOnly = findPruned(planned.changes);
        progress.clear();
        if (pruneOnly.length > 0) await confirmPruning(context, pruneOnly, client.place, signal);
        return change(client, { dryRun, progress, pruneOnly });
      });
    } finally {
      progress.clear();
    }
  });
  if (options.output !== 'json') printRevoked(context, revoked, dryRun);
  if (options.output === 'json')
    printJson(context.stdout, {
      revision,
      ...(dryRun && { dry_run: true }),
      ...(revoked.length > 0 && { revoked }),
      changes,
    });
  else if (dryRun) printDifference(context, changes);
  else printChanges(context, changes);
}

/** Maximum number of names in the error message. */
const NAMED = 20;

/**
 * Asks at the terminal to confirm pruning. Rejects with `UsageError` without a terminal, and with `ExitQuietly` after a no.
 * @param place the store or server, for the question
 */
async function confirmPruning(
  { stdin, stderr }: CliContext,
  pruned: readonly Named[],
  place: string,
  signal: AbortSignal,
): Promise<void> {
  const names = pruned.map(({ kind, id }) => `${kind} ${printable(id)}`);
  const listed = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', …' : '');
  if (!('isTTY' in stdin && stdin.isTTY === true && isTerminal(stderr)))
    throw new UsageError(
      `--prune would delete ${names.length} resources (${listed}): nothing was changed; check with --dry-run, then add --yes`,
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
