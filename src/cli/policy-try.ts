import type { Command } from 'commander';
import { type OpenCount, TrialCounts, type TurnedCount } from '../check/trial-counts.ts';
import { tryPolicies } from '../check/try-policies.ts';
import { parseResources } from '../resources/parse-resources.ts';
import { type FindSubject, subjectsInResources, subjectsInStore } from '../resources/recorded-callers.ts';
import { recordsOf } from '../resources/resource-records.ts';
import { pictureTried, readTriedPolicies } from '../resources/tried-policies.ts';
import type { StorePicture } from '../store/port.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions } from './command-options.ts';
import { printJson, printTable } from './output.ts';
import { readDecisions } from './recorded-decisions.ts';
import { collectFile, readResourceFiles } from './resource-files.ts';
import { withStore } from './with-store.ts';

interface TryOptions extends CommonOptions {
  readonly policy: string;
  readonly from: string;
  readonly id?: string;
  readonly resources?: readonly string[];
}

export function addPolicyTry(policy: Command, context: CliContext): void {
  const command = addCommonOptions(policy.command('try'))
    .summary('say which recorded decisions a changed policy would turn')
    .description(
      'Judges the requests of a decision log by the policies as they are, and again with the changed one in place, and says which come out the other way. Routes, namespaces and the directory are those of the store, or of the resources given. What the log does not hold (client certificates, headers) is not guessed: where it matters, the decision counts as one that can’t be told. Changes nothing.',
    )
    .requiredOption('--policy <file>', 'the changed policy: resources with Policy, or PPL with --id')
    .requiredOption('--from <file>', 'JSON lines as the sidecar logs its decisions; - for standard input')
    .option('--id <id>', 'the policy whose document the PPL replaces')
    .option('--resources <file>', 'resources to take in place of the store; may be repeated', collectFile)
    .action((options: TryOptions) => run(context, options));
  addExamples(command, [
    [
      'sallyport policy try --policy orders.yaml --from decisions.jsonl',
      'resources with the changed policy, against the store',
    ],
    [
      'sallyport policy try --policy orders.ppl.yaml --id orders --from decisions.jsonl --resources all.yaml',
      'PPL alone, in place of the policy orders, without a store',
    ],
  ]);
}

/** Where the policies as they are come from. */
interface Surroundings {
  readonly stored: StorePicture;
  readonly subjects: FindSubject;
}

async function run(context: CliContext, options: TryOptions): Promise<void> {
  if (options.resources === undefined) {
    await withStore(context, options, async (store) =>
      tryIn(context, options, { stored: await store.picture(), subjects: subjectsInStore(store) }),
    );
    return;
  }
  const resources = parseResources(await readResourceFiles(context, options.resources));
  const stored = recordsOf(resources);
  await tryIn(context, options, { stored, subjects: subjectsInResources(resources) });
}

async function tryIn(
  context: CliContext,
  options: TryOptions,
  { stored, subjects }: Surroundings,
): Promise<void> {
  const [source] = await readResourceFiles(context, [options.policy]);
  if (source === undefined) return;
  const policies = readTriedPolicies(source, options.id, stored);
  for (const { id, mode } of policies)
    if (mode === 'shadow')
      context.stderr.write(`policy ${id} is in shadow mode, in which it decides nothing\n`);
  const pictures = await pictureTried(stored, policies);
  const counts = new TrialCounts();
  for await (const recorded of readDecisions(context, options.from)) {
    if (recorded === undefined) counts.addOther();
    else {
      const subject = recorded.account_id === undefined ? undefined : await subjects(recorded.account_id);
      counts.add(recorded, tryPolicies(pictures, recorded, subject));
    }
  }
  if (options.output === 'json') printJson(context.stdout, counts.describe());
  else print(context, counts);
}

function print({ stdout }: CliContext, counts: TrialCounts): void {
  const {
    turned,
    cannot_tell: open,
    decisions,
    untouched,
    same,
    lines_without_decision: others,
  } = counts.describe();
  if (turned.length > 0)
    printCounts(stdout, 'TURNED', turned, ({ before, after }) => `${before} to ${after}`);
  if (open.length > 0) printCounts(stdout, 'NOT RECORDED', open, ({ missing }) => missing.join(', '));
  const total = (list: readonly { count: number }[]) => list.reduce((sum, { count }) => sum + count, 0);
  stdout.write(
    `${decisions} decisions: ${total(turned)} turned, ${same} the same, ${total(open)} can’t be told, ${untouched} untouched${others > 0 ? `; ${others} other lines` : ''}\n`,
  );
}

function printCounts<Count extends TurnedCount | OpenCount>(
  stdout: CliContext['stdout'],
  title: string,
  list: readonly Count[],
  what: (each: Count) => string,
): void {
  const rows = list.map((each) => {
    const { count, account_id, method, host, path } = each;
    return [String(count), what(each), account_id ?? '-', method, `${host}${path}`];
  });
  printTable(stdout, ['COUNT', title, 'ACCOUNT', 'METHOD', 'URL'], rows);
  stdout.write('\n');
}
