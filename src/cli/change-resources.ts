import { describeChange } from '../resources/describe-change.ts';
import type { DetailedChange, PlanContext } from '../resources/plan-changes.ts';
import type { Reader } from '../resources/reader.ts';
import { type Plan, transact } from '../resources/transact.ts';
import type { Grants } from '../roles/grants.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { interruptible } from './interruptible.ts';
import { printJson } from './output.ts';
import type { Progress } from './progress.ts';
import { createProgress } from './progress.ts';
import { printChanges, printDifference } from './show-changes.ts';
import { withStore } from './with-store.ts';

export interface ChangeOptions extends CommonOptions {
  readonly dryRun?: true;
}

/** Plans a change, and makes it or only shows it. Until the commit begins, SIGINT calls it off. */
export async function changeResources(
  context: CliContext,
  options: ChangeOptions,
  prepare: (progress: Progress) => Promise<(context: PlanContext) => Promise<Plan<DetailedChange[]>>>,
): Promise<void> {
  const { changes, revision } = await interruptible(async (signal) => {
    const progress = createProgress(context.stderr, signal);
    try {
      const plan = await prepare(progress);
      return await withStore(context, options, async (store, _config, access) => {
        const planWatched = async (reader: Reader, grants: Grants) => {
          const planned = await plan({ reader, grants, now: access.now(), pace: progress.pace });
          if (!options.dryRun) progress.writing(planned.writes.length);
          return planned;
        };
        const { result, position } = await transact(store, access, planWatched, {
          dryRun: options.dryRun === true,
        });
        return { changes: result, revision: position.revision };
      });
    } finally {
      progress.clear();
    }
  });
  if (options.dryRun && options.output === 'json')
    printJson(context.stdout, { revision, dry_run: true, changes: changes.map(describeChange) });
  else if (options.dryRun) printDifference(context, changes);
  else if (options.output === 'json')
    printJson(context.stdout, {
      revision,
      changes: changes.map(({ action, kind, id }) => ({ action, kind, id })),
    });
  else printChanges(context, changes);
}
