import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import { TransportError } from '../client/connection-error.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { StoreUnavailable } from '../store/port.ts';
import { printable } from '../text/printable.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { parseCountArgument } from './command-options.ts';
import {
  addFilterOptions,
  type DecisionFilter,
  describeForeign,
  matchesFilter,
  NamedInFilter,
} from './decision-filter.ts';
import { createLineWriter } from './line-writer.ts';
import { paint, type Screen } from './screen.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { type DecisionLine, readStoredDecisions } from './stored-decisions.ts';
import { withClient } from './with-client.ts';

interface TailOptions extends OperatorOptions, DecisionFilter {
  readonly lines: number;
  readonly follow?: true;
}

/** Milliseconds between reads. Sidecars write once a second. */
const POLL_INTERVAL = 500;

export function addDecisionsTail(decisions: Command, context: CliContext): void {
  const command = addFilterOptions(addOperatorOptions(decisions.command('tail')))
    .summary('show the newest stored decisions')
    .description(
      'Shows the newest decisions of all sidecars that share the store. With --follow it continues with new ones until SIGINT, and waits if the store is unavailable. With -o json, each decision is a line of JSON, as the sidecar logs it. A decision appears a second or two after the request.',
    )
    .option('--lines <count>', 'number of decisions to start with', parseCountArgument, 20)
    .option('-f, --follow', 'continue with new decisions')
    .action((options: TailOptions) => run(context, options));
  addExamples(command, [
    ['sallyport decisions tail --follow --verdict deny', 'refused requests, as they happen'],
    ['sallyport decisions tail --account checkout --lines 5', 'the last requests of one account'],
  ]);
}

async function run(context: CliContext, options: TailOptions): Promise<void> {
  const writer = createLineWriter(context.stdout);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  if (options.follow) process.once('SIGINT', interrupt);
  const ending = AbortSignal.any([writer.signal, interrupted.signal]);
  const show = ({ line, decision }: DecisionLine) =>
    writer.write(options.output === 'json' ? line : formatLine(context, decision));
  const note = (text: string) => void context.stderr.write(`${text}\n`);
  try {
    await withClient(context, options, async (client) => {
      const { newest, cursor, foreign } = await readNewest(client, options, context.clock());
      if (options.output === 'table') await writer.write(HEAD);
      for (const each of newest) await show(each);
      if (foreign > 0) note(describeForeign(foreign));
      if (options.follow) await follow(client, cursor, options, { signal: ending, show, note });
    });
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** @param now milliseconds since the epoch */
async function readNewest(
  client: Client,
  options: TailOptions,
  now: number,
): Promise<{ newest: DecisionLine[]; cursor: string | undefined; foreign: number }> {
  const newest: DecisionLine[] = [];
  let last: string | undefined;
  let foreign = 0;
  const named = new NamedInFilter(options);
  for await (const page of readStoredDecisions(client, undefined, options, now)) {
    last = page.cursor;
    foreign += page.foreign;
    for (const { line, decision } of page.lines) {
      named.see(decision);
      if (!matchesFilter(decision, options, now)) continue;
      if (newest.push({ line, decision }) > options.lines) newest.shift();
    }
  }
  await named.check(client);
  return { newest, cursor: last, foreign };
}

interface Following {
  readonly signal: AbortSignal;
  readonly show: (shown: DecisionLine) => Promise<void>;
  /** Prints a note to standard error. */
  readonly note: (text: string) => void;
}

/** Continues from the same place once an unavailable store answers again. */
async function follow(
  client: Client,
  from: string | undefined,
  filter: DecisionFilter,
  { signal, show, note }: Following,
): Promise<void> {
  const { since: _, ...rest } = filter;
  let last = from;
  let away = false;
  const what = client.server === undefined ? 'store' : 'server';
  while (!signal.aborted) {
    try {
      for await (const { cursor, lines, foreign } of readStoredDecisions(client, last, rest, 0)) {
        last = cursor;
        if (foreign > 0) note(describeForeign(foreign));
        for (const each of lines) if (matchesFilter(each.decision, rest, 0)) await show(each);
      }
      if (away) note(`the ${what} is available again`);
      away = false;
    } catch (error) {
      if (!isAway(error)) throw error;
      if (!away) note(`waiting for the ${what}: ${error.message}`);
      away = true;
    }
    await setTimeout(POLL_INTERVAL, undefined, { signal }).catch(() => undefined);
  }
}

const AWAY: ReadonlySet<string> = new Set(['unavailable', 'too-many-requests']);

function isAway(error: unknown): error is Error {
  return (
    error instanceof StoreUnavailable ||
    ((error instanceof TransportError || error instanceof OperationError) && AWAY.has(error.code))
  );
}

/** Widths that suit most lines, because the lines to come are unknown. */
const WIDTHS = [24, 7, 24, 20, 6];
const HEAD = formatColumns('TIME', 'VERDICT', 'REASON', 'ACCOUNT', 'METHOD', 'URL');

function formatLine(
  screen: Screen,
  { time, verdict, reason, account_id, method, host, path }: RecordedDecision,
): string {
  const line = formatColumns(time, verdict, reason, account_id ?? '-', method, host + path);
  return paint(screen, line, verdict === 'allow' ? undefined : 'bad');
}

function formatColumns(...columns: readonly string[]): string {
  return printable(columns.map((text, index) => text.padEnd(WIDTHS[index] ?? 0)).join('  '));
}
