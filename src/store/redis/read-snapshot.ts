import type { Redis } from 'ioredis';
import { type StoreContents, StoreUnavailable } from '../port.ts';
import { type RecordKey, type RecordKind, SNAPSHOT_KINDS, type StoredRecord } from '../record.ts';
import { entryId, parseEntries } from './log-entry.ts';
import { incomplete, type Place, readPage, readRecords } from './read-records.ts';
import { headCommand, parseRedisHead, type RedisHead } from './redis-head.ts';
import { sendAll } from './replies.ts';

/** Records per page; a page blocks neither Redis nor this process for long. */
const PAGE = 250;
/** Maximum commits while a snapshot is read. */
const MAX_COMMITS = 10_000;
const MAX_ROUNDS = 100;
/** Maximum records touched meanwhile; they are read in one call. */
const MAX_TOUCHED = 20_000;

/** One call to the server with its own deadline. */
export type Ask = <T>(send: (redis: Redis) => Promise<T>) => Promise<T>;

type Records = ReadonlyMap<RecordKind, Map<string, StoredRecord>>;

/**
 * Reads all namespaces, policies and routes of one moment, in many calls. Records that the change log names meanwhile are
 * read again. Rejects with `StoreUnavailable` if the store changes too fast or records are missing.
 */
export async function readSnapshot(
  ask: Ask,
  place: Place,
): Promise<{ snapshot: StoreContents; head: RedisHead }> {
  const before = await readHead(ask, place);
  const records: Records = new Map(SNAPSHOT_KINDS.map((kind) => [kind, new Map()]));
  for (const kind of SNAPSHOT_KINDS) await readKind(ask, place, kind, records);
  const head = await catchUp(ask, place, before, records);

  for (const kind of SNAPSHOT_KINDS) {
    const held = records.get(kind)?.size ?? 0;
    if (held < head.counts[kind]) throw incomplete(kind, head.counts[kind], held, place.where);
  }
  return {
    snapshot: {
      position: head.position,
      records: [...records.values()].flatMap((ofKind) => [...ofKind.values()]),
    },
    head,
  };
}

async function readHead(ask: Ask, { keys, where }: Place): Promise<RedisHead> {
  const [reply] = await ask((redis) => sendAll(redis, [headCommand(keys.head)]));
  return parseRedisHead(reply, where);
}

async function readKind(ask: Ask, { keys }: Place, kind: RecordKind, into: Records): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const { ids, records } = await ask((redis) => readPage(redis, keys, kind, { after, limit: PAGE }));
    for (const record of records) into.get(kind)?.set(record.id, record);
    if (ids.length < PAGE) return;
    after = ids.at(-1);
  }
}

/**
 * Brings all of `records`, each read after `before`, to one moment. Each round reads everything touched since `before` at
 * one moment, until the log names no further record. Repeated changes of the same records therefore do not delay it.
 */
async function catchUp(ask: Ask, place: Place, before: RedisHead, records: Records): Promise<RedisHead> {
  const touched = new Map<string, RecordKey>();
  let at = before;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const reread = await ask((redis) => readRecords(redis, place, [...touched.values()]));
    const { head } = reread;
    const found = await readTouched(ask, place, at, head);
    const isComplete = [...found.keys()].every((name) => touched.has(name));
    if (isComplete) {
      for (const key of touched.values()) {
        const record = reread.get(key);
        if (record) records.get(key.kind)?.set(key.id, record);
        else records.get(key.kind)?.delete(key.id);
      }
      return head;
    }
    for (const [name, key] of found) touched.set(name, key);
    if (touched.size > MAX_TOUCHED) break;
    at = head;
  }
  throw new StoreUnavailable(`the store in ${place.where} changes faster than it can be read`);
}

/** The keys of the snapshot's kinds that were touched after `at`, up to `head`, by their names. */
async function readTouched(
  ask: Ask,
  { keys, where }: Place,
  at: RedisHead,
  head: RedisHead,
): Promise<Map<string, RecordKey>> {
  const touched = new Map<string, RecordKey>();
  if (!isSameHistory(at, head)) throw changedUnderneath(where);
  if (head.snapshotRevision <= at.position.revision) return touched;
  const { revision } = at.position;
  const [reply] = await ask((redis) =>
    sendAll(redis, [
      ['XRANGE', keys.log, entryId(revision + 1), entryId(head.position.revision), 'COUNT', MAX_COMMITS],
    ]),
  );
  let { commit } = at;
  for (const entry of parseEntries(reply)) {
    if (entry?.after !== commit) throw changedUnderneath(where);
    commit = entry.commit;
    for (const key of entry.keys)
      if (SNAPSHOT_KINDS.some((kind) => kind === key.kind)) touched.set(`${key.kind}/${key.id}`, key);
  }
  if (commit !== head.commit) throw changedUnderneath(where);
  return touched;
}

function isSameHistory(before: RedisHead, after: RedisHead): boolean {
  return (
    before.position.epoch === after.position.epoch && before.position.revision <= after.position.revision
  );
}

function changedUnderneath(where: string): StoreUnavailable {
  return new StoreUnavailable(
    `the store in ${where} was replaced while it was read, or its change log is too short`,
  );
}
