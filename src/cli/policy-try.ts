import type { Command } from 'commander';
import type { OpenCount, TrialDescription, TurnedCount } from '../explain/trial-counts.ts';
import { UNWATCHED } from '../manifests/report-progress.ts';
import { subjectsInResources } from '../operations/recorded-callers.ts';
import { recordsOf } from '../operations/resource-kinds.ts';
import { parseTriedPolicies } from '../operations/tried-policies.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import type { TryRequest } from './operator/operator.ts';
import { tryInSurroundings } from './operator/try-in-surroundings.ts';
import { printJson, printTable } from './output.ts';
import { readDecisions } from './recorded-decisions.ts';
import { collectFile, readResourceFiles } from './resource-files.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { withOperator } from './with-operator.ts';
import { asFile, readResources } from './wrong-file.ts';

interface TryOptions extends OperatorOptions {
  readonly policy: string;
  readonly from: string;
  readonly id?: string;
  readonly resources?: readonly string[];
}

export function addPolicyTry(policy: Command, context: CliContext): void {
  const command = addOperatorOptions(policy.command('try'))
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

async function run(context: CliContext, options: TryOptions): Promise<void> {
  const [source] = await readResourceFiles(context, [options.policy]);
  if (source === undefined) return;
  // Wrong as it stands, before anything is asked.
  await asFile(() => {
    const policies =
      options.id === undefined ? parseTriedPolicies(source).map(({ ppl }) => ppl) : [source.text];
    for (const ppl of policies) compilePolicy(ppl);
  });
  const request: TryRequest = {
    source,
    id: options.id,
    decisions: readDecisions(context, options.from),
    note: (text) => void context.stderr.write(`${text}\n`),
  };
  const counts =
    options.resources === undefined
      ? await withOperator(context, options, (operator) => operator.tryPolicies(request))
      : await tryInResources(context, options, options.resources, request);
  if (options.output === 'json') printJson(context.stdout, counts);
  else print(context, counts);
}

/** Without a store: whatever server there is has no part in it. */
async function tryInResources(
  context: CliContext,
  options: TryOptions,
  files: readonly string[],
  request: TryRequest,
): Promise<TrialDescription> {
  if (options.server !== undefined || options.profile !== undefined)
    throw new UsageError('--resources take the place of what the server holds: leave one of them out');
  const resources = await readResources(UNWATCHED, await readResourceFiles(context, files));
  return tryInSurroundings(request, {
    stored: recordsOf(resources),
    subjects: subjectsInResources(resources),
  });
}

function print({ stdout }: CliContext, counts: TrialDescription): void {
  const { turned, cannot_tell: open, decisions, untouched, same, lines_without_decision: others } = counts;
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
