import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import { OPERATIONS } from '../contract/contract.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import {
  type OpenCount,
  TrialCounts,
  type TrialDescription,
  type TurnedCount,
} from '../explain/trial-counts.ts';
import { tryPolicies } from '../explain/try-policies.ts';
import type { ResourceFile } from '../manifests/parse-resources.ts';
import { UNWATCHED } from '../manifests/report-progress.ts';
import { subjectsInResources } from '../operations/recorded-callers.ts';
import { recordsOf } from '../operations/resource-kinds.ts';
import {
  noPolicyToReplace,
  parseTriedPolicies,
  readTriedPolicies,
  snapshotTried,
} from '../operations/tried-policies.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';
import { findResource } from './read-resources.ts';
import { readDecisions } from './recorded-decisions.ts';
import { collectFile, readResourceFiles } from './resource-files.ts';
import type { Screen } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { withClient } from './with-client.ts';
import { asFile, readResources } from './wrong-file.ts';

interface TryOptions extends OperatorOptions {
  readonly policy: string;
  readonly from: string;
  readonly id?: string;
  readonly resources?: readonly string[];
}

export function addPolicyTry(policy: Command, context: CliContext): void {
  const command = addOperatorOptions(policy.command('try'))
    .summary('show which recorded decisions a changed policy would reverse')
    .description(
      'Evaluates the requests of a decision log with the current policies and with the changed one, and shows which decisions differ. Routes, namespaces and the directory come from the store, or from --resources. The log does not hold client certificates and headers; a decision that depends on them counts as unknown. Changes nothing.',
    )
    .requiredOption('--policy <file>', 'the changed policy: resources with Policy, or PPL with --id')
    .requiredOption('--from <file>', 'JSON lines as the sidecar logs its decisions; - for standard input')
    .option('--id <id>', 'the policy whose document the PPL replaces')
    .option('--resources <file>', 'resources to use instead of the store; may be repeated', collectFile)
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
  // Report errors in the file before the store is opened.
  await asFile(() => {
    const policies =
      options.id === undefined ? parseTriedPolicies(source).map(({ ppl }) => ppl) : [source.text];
    for (const ppl of policies) compilePolicy(ppl);
  });
  const note = (text: string) => void context.stderr.write(`${text}\n`);
  const request = { source, id: options.id, decisions: readDecisions(context, options.from), note };
  const counts =
    options.resources === undefined
      ? await withClient(context, options, (client) => tryChanges(client, request))
      : await tryInResources(context, options, options.resources, request);
  if (options.output === 'json') printJson(context.stdout, counts);
  else print(context, counts);
}

interface TryRequest {
  /** The changed policies. */
  readonly source: ResourceFile;
  /** The policy whose document the source is; undefined for resources. */
  readonly id: string | undefined;
  /** `undefined` for a line that is no decision. */
  readonly decisions: AsyncIterable<RecordedDecision | undefined>;
  /** Prints a note to standard error. */
  readonly note: (text: string) => void;
}

/** Limits of one request. */
const CHUNK = { decisions: 2000, characters: 4 * 1024 * 1024 };

/** Evaluates the decisions in chunks. */
async function tryChanges(
  client: Client,
  { source, id, decisions, note }: TryRequest,
): Promise<TrialDescription> {
  const tried = await changedPolicies(client, source, id);
  const counts = new TrialCounts();
  const inShadow = new Set<string>();
  let leftOut = 0;
  let chunk: RecordedDecision[] = [];
  let characters = 0;
  const evaluateChunk = async () => {
    const answer = await client.call(OPERATIONS.policies.try, { body: { ...tried, decisions: chunk } });
    chunk = [];
    characters = 0;
    leftOut += answer.left_out;
    for (const policy of answer.in_shadow) inShadow.add(policy);
    counts.addDescribed({ ...answer, lines_without_decision: 0 });
  };
  for await (const decision of decisions) {
    if (decision === undefined) counts.addOther();
    else {
      chunk.push(decision);
      characters += JSON.stringify(decision).length;
      if (chunk.length === CHUNK.decisions || characters >= CHUNK.characters) await evaluateChunk();
    }
  }
  if (chunk.length > 0) await evaluateChunk();
  for (const policy of inShadow) note(describeShadow(policy));
  if (leftOut > 0) note(`skipped ${leftOut} decisions in namespaces that you may not read`);
  return counts.describe();
}

async function changedPolicies(client: Client, source: ResourceFile, id: string | undefined) {
  if (id === undefined) return { policies: parseTriedPolicies(source) };
  if (await findResource(client, 'Policy', id)) return { documents: [{ id, ppl: source.text }] };
  throw noPolicyToReplace(id, source);
}

/** Evaluates without a store or server. */
async function tryInResources(
  context: CliContext,
  options: TryOptions,
  files: readonly string[],
  { source, id, decisions, note }: TryRequest,
): Promise<TrialDescription> {
  if (options.server !== undefined || options.profile !== undefined)
    throw new UsageError('--resources take the place of what the server holds: leave one of them out');
  const resources = await readResources(UNWATCHED, await readResourceFiles(context, files));
  const stored = recordsOf(resources);
  const subjects = subjectsInResources(resources);
  const policies = readTriedPolicies(source, id, stored);
  for (const policy of policies) if (policy.mode === 'shadow') note(describeShadow(policy.id));
  const snapshots = await snapshotTried(stored, policies);
  const counts = new TrialCounts();
  for await (const recorded of decisions) {
    if (recorded === undefined) counts.addOther();
    else {
      const subject = recorded.account_id === undefined ? undefined : await subjects(recorded.account_id);
      counts.add(recorded, tryPolicies(snapshots, recorded, subject));
    }
  }
  return counts.describe();
}

function describeShadow(policy: string): string {
  return `policy ${policy} is in shadow mode, in which it decides nothing`;
}

function print(screen: Screen, counts: TrialDescription): void {
  const { turned, cannot_tell: open, decisions, untouched, same, lines_without_decision: others } = counts;
  if (turned.length > 0)
    printCounts(screen, 'TURNED', turned, ({ before, after }) => `${before} to ${after}`);
  if (open.length > 0) printCounts(screen, 'NOT RECORDED', open, ({ missing }) => missing.join(', '));
  const total = (list: readonly { count: number }[]) => list.reduce((sum, { count }) => sum + count, 0);
  screen.stdout.write(
    `${decisions} decisions: ${total(turned)} turned, ${same} the same, ${total(open)} can’t be told, ${untouched} untouched${others > 0 ? `; ${others} other lines` : ''}\n`,
  );
}

function printCounts<Count extends TurnedCount | OpenCount>(
  screen: Screen,
  title: string,
  list: readonly Count[],
  what: (each: Count) => string,
): void {
  const rows = list.map((each) => {
    const { count, account_id, method, host, path } = each;
    return [String(count), what(each), account_id ?? '-', method, `${host}${path}`];
  });
  printTable(screen, ['COUNT', title, 'ACCOUNT', 'METHOD', 'URL'], rows);
  screen.stdout.write('\n');
}
