import { GLOBAL } from '../accounts/namespace-id.ts';
import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { DecisionQuery } from '../contract/decisions.ts';
import {
  type LoggedDecision,
  type RecordedDecision,
  readLogged,
} from '../explain/recorded-decision-schema.ts';
import { type Grants, holds } from '../roles/grants.ts';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';
import { decodeCursor, encodeCursor, wrongCursor } from './list-page.ts';
import { isOwnHistory } from './namespace-history.ts';

const PAGE = 500;

export interface StoredSelection extends Omit<DecisionQuery, 'namespace'> {
  readonly cursor?: string | undefined;
  readonly order?: 'newest' | 'oldest';
  readonly limit: number;
  readonly scanned: number;
  /** Whether it is asked for, and may be seen. */
  within(decision: RecordedDecision): boolean;
}

export interface StoredSpan {
  /** The cursor to go on from; null after the last. */
  readonly next: string | null;
  /** The cursor, for the order `oldest`, of the newest that was looked at, or of what was asked from; null if there is neither. */
  readonly last: string | null;
  /** Entries looked at that are no decisions: another program's, or damaged. */
  readonly foreign: number;
}

/**
 * Passes on stored decisions, each parsed and as it was logged. Rejects with `OperationError`
 * for a cursor that is none.
 */
export async function readStoredDecisions(
  side: Pick<TelemetryWrites, 'readDecisions'>,
  selection: StoredSelection,
  take: (decision: RecordedDecision, logged: LoggedDecision) => unknown,
): Promise<StoredSpan> {
  const { cursor, limit, scanned, order = 'oldest' } = selection;
  const descending = order === 'newest';
  const ordering = descending ? order : undefined;
  let after = cursor === undefined ? undefined : decodeCursor(cursor, ordering);
  let newest = after;
  let taken = 0;
  let foreign = 0;
  const spanTo = (end: boolean): StoredSpan => ({
    next: end || after === undefined ? null : encodeCursor(after, ordering),
    last: newest === undefined ? null : encodeCursor(newest),
    foreign,
  });
  for (let looked = 0; looked < scanned; looked += PAGE) {
    const page = await readPage(side, after, descending);
    for (const { cursor: at, line } of page) {
      after = at;
      // A line with a break in it would be several in a log.
      const read = /[\r\n]/.test(line) ? undefined : readLogged(line);
      if (!read) foreign += 1;
      newest = descending ? (newest ?? at) : at;
      if (!read || !isAskedFor(read.decision, selection)) continue;
      await take(read.decision, read.logged);
      if (++taken === limit) return spanTo(at === page.at(-1)?.cursor && page.length < PAGE);
    }
    if (page.length < PAGE) return spanTo(true);
  }
  return spanTo(false);
}

async function readPage(
  side: Pick<TelemetryWrites, 'readDecisions'>,
  after: string | undefined,
  descending: boolean,
) {
  try {
    return await side.readDecisions(after, PAGE, descending);
  } catch (error) {
    if (error instanceof RangeError) throw wrongCursor();
    throw error;
  }
}

function isAskedFor(
  decision: RecordedDecision,
  { within, since, until, ...wanted }: StoredSelection,
): boolean {
  if (!within(decision)) return false;
  const { account_id, verdict, reason, reasons, time } = decision;
  if (wanted.account !== undefined && account_id !== wanted.account) return false;
  if (wanted.verdict !== undefined && verdict !== wanted.verdict) return false;
  if (wanted.reason !== undefined && reason !== wanted.reason && !reasons?.includes(wanted.reason))
    return false;
  const at = Date.parse(time);
  return (since === undefined || at >= Date.parse(since)) && (until === undefined || at <= Date.parse(until));
}

/**
 * Whether a stored decision may be seen: by those who see its namespace, or by admins of `global` if the id was another
 * namespace's then, or nothing says whose it was.
 * @param within whether a namespace is asked for, and may be seen
 */
export function decisionsWithin(
  grants: Grants,
  tree: NamespaceTree,
  within: (namespace: string) => boolean,
): StoredSelection['within'] {
  const isAdmin = holds(grants, 'admin', GLOBAL);
  return ({ namespace = GLOBAL, revision }) => {
    if (revision !== undefined && isOwnHistory(tree, namespace, revision)) return within(namespace);
    return isAdmin && within(GLOBAL);
  };
}
