import type { Client } from '../client/client.ts';
import { pagesOf } from '../client/collect-pages.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { jsonText } from '../text/json-text.ts';
import { timeOf } from './command-options.ts';
import type { DecisionFilter } from './decision-filter.ts';
import { PAGE } from './read-resources.ts';

/** A stored decision, and the line that it was logged as. */
export interface DecisionLine {
  readonly line: string;
  readonly decision: RecordedDecision;
}

/** A part of what is stored; without lines only if `cursor` goes on. */
export interface DecisionPage {
  /** To go on from later. */
  readonly cursor: string | undefined;
  readonly lines: readonly DecisionLine[];
  /** Entries that are no decisions: another program's, or damaged. */
  readonly foreign: number;
}

/**
 * Stored decisions, the oldest first, to the end of what is stored now.
 * @param after a cursor; undefined for the beginning
 * @param filter narrows what is read; what comes has still to be filtered
 * @param now milliseconds since the epoch, for the filter
 */
export async function* readStoredDecisions(
  client: Client,
  after: string | undefined,
  { namespace, account, verdict, reason, since }: DecisionFilter,
  now: number,
): AsyncGenerator<DecisionPage, void> {
  const from = since && new Date(timeOf(since, now)).toISOString();
  // In this process nothing is saved by it, and what happened in a namespace that was deleted since is shown.
  const within = client.server === undefined ? undefined : namespace;
  const query = {
    order: 'oldest' as const,
    namespace: within,
    account,
    verdict,
    reason,
    since: from,
    limit: PAGE,
  };
  const ask = (cursor: string | undefined) =>
    client.call(OPERATIONS.decisions.list, { query: { ...query, cursor } });
  try {
    for await (const { last, items, foreign } of pagesOf(ask, after))
      yield { cursor: last ?? after, lines: items.flatMap(lineOf), foreign };
  } catch (error) {
    // A namespace that is absent has no decisions.
    if (namespace !== undefined && error instanceof OperationError && error.code === 'not-found') return;
    throw error;
  }
}

function lineOf(item: unknown): DecisionLine[] {
  const { data: decision } = RecordedDecision.safeParse(item);
  return decision ? [{ line: jsonText(item), decision }] : [];
}
