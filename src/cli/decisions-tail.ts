import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { RemoteError } from '../client/remote-error.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { StoreUnavailable } from '../store/port.ts';
import { addExamples } from './add-examples.ts';
import { NamedInFilter } from './check-filter.ts';
import type { CliContext } from './cli-context.ts';
import { parseCountArgument } from './command-options.ts';
import { addFilterOptions, type DecisionFilter, describeForeign, matchesFilter } from './decision-filter.ts';
import { createLineWriter } from './line-writer.ts';
import type { Operator } from './operator/operator.ts';
import { printable } from './output.ts';
import { paint, type Screen } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withOperator } from './with-operator.ts';

interface TailOptions extends OperatorOptions, DecisionFilter {
  readonly lines: number;
  readonly follow?: true;
}

/** Milliseconds between two looks at the stream, which sidecars write to once a second. */
const POLL_INTERVAL = 500;

export function addDecisionsTail(decisions: Command, context: CliContext): void {
  const command = addFilterOptions(addOperatorOptions(decisions.command('tail')))
    .summary('show the newest stored decisions')
    .description(
      'Shows the newest decisions of all sidecars of the store, and with --follow those that come, until SIGINT; a store that goes away is waited for. With -o json each is a line of JSON, as the sidecar logs it. A decision is here a second or two after it was made.',
    )
    .option('--lines <count>', 'so many of those that are there already', parseCountArgument, 20)
    .option('-f, --follow', 'go on with those that come')
    .action((options: TailOptions) => run(context, options));
  addExamples(command, [
    ['sallyport decisions tail --follow --verdict deny', 'who is refused, as it happens'],
    ['sallyport decisions tail --account checkout --lines 5', 'what one account did last'],
  ]);
}

async function run(context: CliContext, options: TailOptions): Promise<void> {
  const writer = createLineWriter(context.stdout);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  if (options.follow) process.once('SIGINT', interrupt);
  const ending = AbortSignal.any([writer.signal, interrupted.signal]);
  const show = ({ line, decision }: Shown) =>
    writer.write(options.output === 'json' ? line : formatLine(context, decision));
  const note = (text: string) => void context.stderr.write(`${text}\n`);
  try {
    await withOperator(context, options, async (operator) => {
      const { newest, cursor, foreign } = await readNewest(operator, options, context.clock());
      if (options.output === 'table') await writer.write(HEAD);
      for (const each of newest) await show(each);
      if (foreign > 0) note(describeForeign(foreign));
      if (options.follow) await follow(operator, cursor, options, { signal: ending, show, note });
    });
  } finally {
    process.off('SIGINT', interrupt);
  }
}

interface Shown {
  readonly line: string;
  readonly decision: RecordedDecision;
}

/** @param now milliseconds since the epoch */
async function readNewest(
  operator: Operator,
  options: TailOptions,
  now: number,
): Promise<{ newest: Shown[]; cursor: string | undefined; foreign: number }> {
  const newest: Shown[] = [];
  let last: string | undefined;
  let foreign = 0;
  const named = new NamedInFilter(options);
  for await (const { cursor, lines } of operator.decisions(undefined, options, now)) {
    last = cursor;
    for (const { line, decision } of lines) {
      if (decision) named.see(decision);
      else foreign += 1;
      if (!decision || !matchesFilter(decision, options, now)) continue;
      if (newest.push({ line, decision }) > options.lines) newest.shift();
    }
  }
  await named.check(operator);
  return { newest, cursor: last, foreign };
}

interface Following {
  readonly signal: AbortSignal;
  readonly show: (shown: Shown) => Promise<void>;
  /** Tells whoever watches what is no decision. */
  readonly note: (text: string) => void;
}

/** Goes on where it was once a store that went away is back. */
async function follow(
  operator: Operator,
  from: string | undefined,
  filter: DecisionFilter,
  { signal, show, note }: Following,
): Promise<void> {
  const { since: _, ...rest } = filter;
  let last = from;
  let away = false;
  const what = operator.server === undefined ? 'store' : 'server';
  while (!signal.aborted) {
    try {
      for await (const { cursor, lines } of operator.decisions(last, rest, 0)) {
        last = cursor;
        for (const { line, decision } of lines)
          if (!decision) note(describeForeign(1));
          else if (matchesFilter(decision, rest, 0)) await show({ line, decision });
      }
      if (away) note(`the ${what} is back`);
      away = false;
    } catch (error) {
      if (!isAway(error)) throw error;
      if (!away) note(`waiting for the ${what}: ${error.message}`);
      away = true;
    }
    await setTimeout(POLL_INTERVAL, undefined, { signal }).catch(() => undefined);
  }
}

function isAway(error: unknown): error is Error {
  return error instanceof StoreUnavailable || (error instanceof RemoteError && error.code === 'unavailable');
}

const HEAD = formatColumns('TIME', 'VERDICT', 'REASON', 'ACCOUNT', 'METHOD', 'URL');

function formatLine(
  screen: Screen,
  { time, verdict, reason, account_id, method, host, path }: RecordedDecision,
): string {
  const line = formatColumns(time, verdict, reason, account_id ?? '-', method, host + path);
  return paint(screen, line, verdict === 'allow' ? undefined : 'bad');
}

/** Of a width that suits most, because nobody knows what comes yet. */
function formatColumns(
  time: string,
  verdict: string,
  reason: string,
  account: string,
  method: string,
  url: string,
): string {
  const columns = [
    time.padEnd(24),
    verdict.padEnd(7),
    reason.padEnd(24),
    account.padEnd(20),
    method.padEnd(6),
  ];
  return printable([...columns, url].join('  '));
}
