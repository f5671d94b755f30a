import type { AskForChange, Change, Named } from './ask-for-change.ts';
import type { CliContext } from './cli-context.ts';
import { confirmPruning } from './confirm-pruning.ts';
import { interruptible } from './interruptible.ts';
import { printJson } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import { printRevoked } from './revoke-others.ts';
import type { OperatorOptions } from './server-options.ts';
import { printChanges, printDifference } from './show-changes.ts';
import { withChangingClient } from './with-client.ts';

export interface ChangeOptions extends OperatorOptions {
  readonly dryRun?: true;
  /** Takes away, without a question, what the files leave out. */
  readonly yes?: true;
}

export const YES_HELP = 'delete what --prune finds without asking';

/** Which of planned changes are of what the files leave out; undefined without `--prune`. */
type FindPruned = ((changes: readonly Change[]) => readonly Named[]) | undefined;

/**
 * Makes a change, or only shows it. Until the commit begins, SIGINT calls it off. What pruning takes away is confirmed first, and
 * nothing else goes, whatever the store holds by then.
 * @param prepare reads what is wanted, before the store is opened or a server asked
 */
export async function changeResources(
  context: CliContext,
  options: ChangeOptions,
  prepare: (progress: Progress) => Promise<AskForChange>,
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
