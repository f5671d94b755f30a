import type { Redis } from 'ioredis';
import { type StoreEvent, type StorePosition, StoreUnavailable } from '../port.ts';
import { hasReached } from '../position.ts';
import { withDeadline } from './deadline.ts';
import { formatServer } from './format-server.ts';
import type { KeySpace } from './key-space.ts';
import type { KnownCommits } from './known-commits.ts';
import { entryId, type LogEntry, parseEntries } from './log-entry.ts';
import type { PrimaryConnection } from './primary-finder.ts';
import { describeFault } from './redis-fault.ts';
import { HEARTBEAT_LIFE } from './redis-side-writes.ts';
import { asCount, asList, sendAll } from './replies.ts';
import { headCommand, parseHead, type StoreHead } from './store-head.ts';

/** How many commits are read from the log at once. */
const BATCH = 256;
/** Milliseconds between two contacts while nothing changes. */
const CONTACT_INTERVAL = 250;

export interface LogFollowing {
  readonly keys: KeySpace;
  readonly where: string;
  readonly known: KnownCommits;
  /** Milliseconds for an answer, beyond those that the server was asked to wait. */
  readonly timeout: number;
  readonly instance: string;
  /** A connection that nobody else uses: a read that waits holds up all others. */
  open(signal: AbortSignal): Promise<PrimaryConnection>;
  /** Whether that server is still the primary as far as can be told. */
  confirms(connection: PrimaryConnection): boolean;
}

/** The change log after `from`. Ends when `signal` aborts; rejects with `StoreUnavailable`. */
export async function* followLog(
  following: LogFollowing,
  from: StorePosition,
  signal: AbortSignal,
): AsyncGenerator<StoreEvent, void> {
  if (signal.aborted) return;
  let connection: PrimaryConnection | undefined;
  const stop = () => connection?.redis.disconnect();
  signal.addEventListener('abort', stop);
  try {
    connection = await following.open(signal);
    yield* readOn(new LogReader(following, connection, from), signal);
  } catch (error) {
    if (signal.aborted) return;
    throw describeFault(error, connection ? formatServer(connection.address) : following.where);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function* readOn(reader: LogReader, signal: AbortSignal): AsyncGenerator<StoreEvent, void> {
  let contacted = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const rest = contacted + CONTACT_INTERVAL - performance.now();
    let events = rest > 0 ? await reader.await(Math.ceil(rest)) : undefined;
    if (events === undefined) {
      contacted = performance.now();
      events = await reader.look();
    }
    for (const event of events) {
      if (signal.aborted) return;
      yield event;
    }
  }
}

class LogReader {
  readonly #following: LogFollowing;
  readonly #connection: PrimaryConnection;
  #at: StorePosition;
  /** The name of the commit at `#at`; undefined where it isn't known. */
  #commit: string | undefined;

  constructor(following: LogFollowing, connection: PrimaryConnection, from: StorePosition) {
    this.#following = following;
    this.#connection = connection;
    this.#at = from;
    this.#commit = following.known.nameAt(from);
  }

  /** What comes within so many milliseconds; undefined where that needs a closer look. */
  async await(milliseconds: number): Promise<StoreEvent[] | undefined> {
    const { keys, timeout } = this.#following;
    const from = entryId(this.#at.revision);
    const block = ['COUNT', BATCH, 'BLOCK', milliseconds, 'STREAMS', keys.log, from] as const;
    const reply = await withDeadline(
      this.#connection.redis.call('XREAD', ...block.map(String)),
      milliseconds + timeout,
    );
    if (reply === null) return undefined;
    const [, entries] = asList(asList(reply)[0]);
    return this.#take(parseEntries(entries));
  }

  /**
   * Writes, which only a primary lets us do, and reads where the store stands. The write is one that takes no memory: a
   * primary whose memory is full is in contact all the same.
   */
  async look(): Promise<StoreEvent[]> {
    const { keys, where, instance, known, timeout, confirms } = this.#following;
    const { redis } = this.#connection;
    const heartbeat = keys.heartbeat(instance);
    const asked = performance.now();
    const [alive, headReply, logReply] = await withDeadline(
      sendAll(redis, [
        ['PEXPIRE', heartbeat, HEARTBEAT_LIFE],
        headCommand(keys.head),
        ['XRANGE', keys.log, entryId(this.#at.revision + 1), '+', 'COUNT', BATCH],
      ]),
      timeout,
    );
    if (asCount(alive) === 0) this.#beginHeartbeat(redis, heartbeat);
    const head = parseHead(headReply, where);
    const events = this.#catchUp(head, parseEntries(logReply));
    if (!confirms(this.#connection)) {
      // What it takes away counts all the same, whoever it is.
      if (events && events.length > 0) return events;
      throw new StoreUnavailable(
        `Redis at ${formatServer(this.#connection.address)}: the Sentinels do not say that it is the primary`,
      );
    }
    if (!events) {
      this.#at = head.position;
      this.#commit = head.commit;
      known.restart(head);
      return [
        { type: 'gap', position: head.position },
        { type: 'contact', position: head.position, asked },
      ];
    }
    if (this.#at.revision < head.position.revision) return events;
    return [...events, { type: 'contact', position: this.#at, asked }];
  }

  /** Undefined for a gap. */
  #catchUp(head: StoreHead, entries: readonly (LogEntry | undefined)[]): StoreEvent[] | undefined {
    if (!hasReached(head.position, this.#at)) return undefined;
    if (head.position.revision === this.#at.revision) {
      if (this.#commit !== undefined && this.#commit !== head.commit) return undefined;
      this.#commit = head.commit;
      this.#following.known.note(this.#at, head.commit);
      return [];
    }
    return this.#take(entries);
  }

  /** Only whole stretches of one history count: an entry that is missing or can't be read may have named any record. */
  #take(entries: readonly (LogEntry | undefined)[]): StoreEvent[] | undefined {
    let { revision } = this.#at;
    let commit = this.#commit;
    for (const entry of entries) {
      if (entry?.epoch !== this.#at.epoch || entry.revision !== revision + 1) return undefined;
      if (commit !== undefined && entry.after !== commit) return undefined;
      revision = entry.revision;
      commit = entry.commit;
    }
    if (entries.length === 0) return undefined;
    this.#at = { epoch: this.#at.epoch, revision };
    this.#commit = commit;
    return entries.flatMap((entry): StoreEvent[] => {
      if (!entry) return [];
      this.#following.known.note(entry, entry.commit);
      return [{ type: 'commit', revision: entry.revision, keys: entry.keys }];
    });
  }

  /** For people who look; where memory is full there is none, and nothing else is the worse for it. */
  #beginHeartbeat(redis: Redis, key: string): void {
    redis.set(key, new Date().toISOString(), 'PX', HEARTBEAT_LIFE).catch(() => undefined);
  }
}
