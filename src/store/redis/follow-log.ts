import { withDeadline } from '../deadline.ts';
import { hasReached, type StoreEvent, type StorePosition, StoreUnavailable } from '../port.ts';
import { formatServer } from '../server-address.ts';
import type { KeySpace } from './key-space.ts';
import type { KnownCommits } from './known-commits.ts';
import { entryId, type LogEntry, parseEntries } from './log-entry.ts';
import type { PrimaryConnection } from './primary-resolver.ts';
import { describeRedisFault, faultCode } from './redis-fault.ts';
import { headCommand, parseRedisHead, type RedisHead } from './redis-head.ts';
import { HEARTBEAT_LIFE } from './redis-telemetry-writes.ts';
import { asList, asText, type Command, type Outcome, replyOf, sendEach, UnexpectedReply } from './replies.ts';
import { parseInfo, wouldTakeWrites } from './server-info.ts';

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
  /** The server's min-replicas-to-write, where it has one. */
  readonly minReplicas: number;
  /** Opens a connection of its own, because a blocking read delays all other commands. */
  open(signal: AbortSignal): Promise<PrimaryConnection>;
  /** Whether that server is still the primary, as far as is known. */
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
    yield* readOn(new RedisLogReader(following, connection, from), signal);
  } catch (error) {
    if (signal.aborted) return;
    throw describeRedisFault(error, connection ? formatServer(connection.address) : following.where);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function* readOn(reader: RedisLogReader, signal: AbortSignal): AsyncGenerator<StoreEvent, void> {
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

class RedisLogReader {
  readonly #following: LogFollowing;
  readonly #connection: PrimaryConnection;
  readonly #since = new Date().toISOString();
  #at: StorePosition;
  /** The name of the commit at `#at`; undefined if unknown. */
  #commit: string | undefined;

  constructor(following: LogFollowing, connection: PrimaryConnection, from: StorePosition) {
    this.#following = following;
    this.#connection = connection;
    this.#at = from;
    this.#commit = following.known.nameAt(from);
  }

  /** Commits within so many milliseconds; undefined if `look` has to be called. */
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

  /** Has the server prove that it is the primary, and reads the head. */
  async look(): Promise<StoreEvent[]> {
    const { known, confirms } = this.#following;
    const asked = performance.now();
    const { head, entries, writable } = await this.#readFromPrimary();
    const events = this.#catchUp(head, entries);
    if (!confirms(this.#connection)) {
      // What its commits revoke counts even if it is not the primary.
      if (events && events.length > 0) return events;
      throw new StoreUnavailable(
        `Redis at ${formatServer(this.#connection.address)}: the Sentinels do not say that it is the primary`,
      );
    }
    if (!events) {
      this.#at = head.position;
      this.#commit = head.commit;
      known.restart(head);
      return [{ type: 'gap', position: head.position }, contactAt(head.position, asked, writable)];
    }
    if (this.#at.revision < head.position.revision) return events;
    return [...events, contactAt(this.#at, asked, writable)];
  }

  /**
   * Writes the heartbeat, which only a primary accepts, and then reads. A primary whose memory is full may still accept
   * PEXPIRE. One that refuses every write because of memory or disk accepts no commit either: INFO then counts as proof if it
   * reports enough replicas. Other refusals prove nothing.
   */
  async #readFromPrimary(): Promise<{
    head: RedisHead;
    entries: (LogEntry | undefined)[];
    writable: boolean;
  }> {
    const { keys, where, instance, minReplicas } = this.#following;
    const heartbeat = keys.heartbeat(instance);
    const proofs: readonly Command[] = [
      ['SET', heartbeat, this.#since, 'PX', HEARTBEAT_LIFE],
      ['PEXPIRE', heartbeat, HEARTBEAT_LIFE],
      ['INFO'],
    ];
    let refusal: Error | undefined;
    for (const proof of proofs) {
      const [proven, headReply, logReply] = await this.#ask(proof);
      if (proven && 'fault' in proven && takesNoWrites(proven.fault)) {
        refusal = proven.fault;
        continue;
      }
      const reply = replyOf(proven);
      if (proof[0] === 'INFO' && !wouldTakeWrites(parseInfo(asText(reply)), minReplicas)) break;
      const head = parseRedisHead(replyOf(headReply), where);
      return { head, entries: parseEntries(replyOf(logReply)), writable: refusal === undefined };
    }
    throw refusal ?? new UnexpectedReply();
  }

  /** The head and the log are read after the proof, on the same connection. */
  #ask(proof: Command): Promise<Outcome[]> {
    const { keys, timeout } = this.#following;
    return withDeadline(
      sendEach(this.#connection.redis, [
        proof,
        headCommand(keys.head),
        ['XRANGE', keys.log, entryId(this.#at.revision + 1), '+', 'COUNT', BATCH],
      ]),
      timeout,
    );
  }

  /** Undefined for a gap. */
  #catchUp(head: RedisHead, entries: readonly (LogEntry | undefined)[]): StoreEvent[] | undefined {
    if (!hasReached(head.position, this.#at)) return undefined;
    if (head.position.revision === this.#at.revision) {
      if (this.#commit !== undefined && this.#commit !== head.commit) return undefined;
      this.#commit = head.commit;
      this.#following.known.note(this.#at, head.commit);
      return [];
    }
    return this.#take(entries);
  }

  /** Only entries without a gap, of one history, count: a missing or unreadable one may name any record. */
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
}

function contactAt(position: StorePosition, asked: number, writable: boolean): StoreEvent {
  return { type: 'contact', position, asked, ...(!writable && { writable }) };
}

/** Refusals that a primary gives. A replica or a partitioned primary gives others. */
function takesNoWrites(fault: Error): boolean {
  const code = faultCode(fault);
  return code === 'OOM' || code === 'MISCONF';
}
