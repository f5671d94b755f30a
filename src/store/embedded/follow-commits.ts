import { hasReached, type StoreEvent, type StorePosition } from '../port.ts';
import type { RecordKey } from '../record.ts';
import { decodeKeys } from '../record-text.ts';
import { wait } from '../retry.ts';
import type { Database } from './database.ts';
import { type EmbeddedHead, positionOf } from './embedded-head.ts';
import { rangeOfLog } from './store-key.ts';

/** How many commits are read from the log at once. */
const BATCH = 256;
/** Milliseconds between two contacts while nothing changes. */
const CONTACT_INTERVAL = 100;

export interface LogReader {
  /** The newest state, other processes' commits included. */
  read<T>(reader: (db: Database, head: EmbeddedHead) => T): T;
  /** Milliseconds between two looks at the store. */
  readonly pollInterval: number;
}

/** The change log after `from`, by polling, because LMDB has no notifications. Ends when `signal` aborts. */
export async function* followCommits(
  { read, pollInterval }: LogReader,
  from: StorePosition,
  signal: AbortSignal,
): AsyncGenerator<StoreEvent, void> {
  let at = from;
  let contacted = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const { position, events } = read((db, head) => readEvents(db, positionOf(head), at));
    for (const event of events) {
      yield event;
      if (signal.aborted) return;
    }
    at = position;
    if (events.length > 0) continue;
    if (performance.now() - contacted >= CONTACT_INTERVAL) {
      contacted = performance.now();
      yield { type: 'contact', position: at };
    }
    await wait(pollInterval, signal);
  }
}

function readEvents(
  db: Database,
  head: StorePosition,
  at: StorePosition,
): { position: StorePosition; events: StoreEvent[] } {
  if (hasReached(at, head) && hasReached(head, at)) return { position: at, events: [] };
  const gap = { position: head, events: [{ type: 'gap', position: head } as const] };
  if (!hasReached(head, at)) return gap;

  const last = Math.min(head.revision, at.revision + BATCH);
  const entries = Array.from(db.getRange(rangeOfLog(at.revision + 1, last)), ({ value }) =>
    parseEntry(value),
  );
  // Only entries without a gap count: one that was trimmed or cannot be read may name any record.
  if (entries.length !== last - at.revision) return gap;
  const events: StoreEvent[] = [];
  for (const [index, keys] of entries.entries()) {
    if (!keys) return gap;
    events.push({ type: 'commit', revision: at.revision + 1 + index, keys });
  }
  return { position: { epoch: at.epoch, revision: last }, events };
}

function parseEntry(text: string): RecordKey[] | undefined {
  try {
    return decodeKeys(text);
  } catch {
    return undefined;
  }
}
