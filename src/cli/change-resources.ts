import { describeChange } from '../resources/describe-change.ts';
import type { CliContext } from './cli-context.ts';
import { interruptible } from './interruptible.ts';
import type { ChangeHow, Changes, Operator } from './operator/operator.ts';
import { printJson } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import { printRevoked } from './revoke-others.ts';
import type { OperatorOptions } from './server-options.ts';
import { printChanges, printDifference } from './show-changes.ts';
import { withChangingOperator } from './with-operator.ts';

export interface ChangeOptions extends OperatorOptions {
  readonly dryRun?: true;
}

/**
 * Makes a change, or only shows it. Until the commit begins, SIGINT calls it off.
 * @param prepare reads what is wanted, before the store is opened or a server asked
 */
export async function changeResources(
  context: CliContext,
  options: ChangeOptions,
  prepare: (progress: Progress) => Promise<(operator: Operator, how: ChangeHow) => Promise<Changes>>,
): Promise<void> {
  const dryRun = options.dryRun === true;
  const { changes, revision, revoked } = await interruptible(async (signal) => {
    const progress = createProgress(context.stderr, signal);
    try {
      const change = await prepare(progress);
      return await withChangingOperator(context, options, (operator) =>
        change(operator, { dryRun, progress }),
      );
    } finally {
      progress.clear();
    }
  });
  if (options.output !== 'json') printRevoked(context, revoked, dryRun);
  if (options.dryRun && options.output === 'json')
    printJson(context.stdout, {
      revision,
      dry_run: true,
      ...(revoked.length > 0 && { revoked }),
      changes: changes.map(describeChange),
    });
  else if (options.dryRun) printDifference(context, changes);
  else if (options.output === 'json')
    printJson(context.stdout, {
      revision,
      ...(revoked.length > 0 && { revoked }),
      changes: changes.map(({ action, kind, id }) => ({ action, kind, id })),
    });
  else printChanges(context, changes);
}
