import type { Redis } from 'ioredis';
import { type RecordPage, StoreUnavailable } from '../port.ts';
import type { RecordKey, RecordKind, StoredRecord } from '../record.ts';
import { decodeRecord, isStorableId } from '../record-text.ts';
import type { KeySpace } from './key-space.ts';
import { headCommand, parseRedisHead, type RedisHead } from './redis-head.ts';
import {
  asCount,
  asList,
  asText,
  asTextOrNone,
  type Command,
  replyOf,
  sendAll,
  sendEach,
} from './replies.ts';

export interface Place {
  readonly keys: KeySpace;
  /** Names the store for messages. */
  readonly where: string;
}

/** Attempts to read between two commits. */
const MAX_TRIES = 10;

/** Records and the head of the same moment. */
export interface FoundRecords {
  readonly head: RedisHead;
  /** Undefined if the record does not exist. Throws if that cannot be known. */
  get(key: RecordKey): StoredRecord | undefined;
}

/**
 * Reads records in one round trip. `get` throws the fault of a kind: its key has another type, or a record is absent while
 * the store holds fewer of its kind than it counts.
 */
export async function readRecords(
  redis: Redis,
  place: Place,
  wanted: readonly RecordKey[],
): Promise<FoundRecords> {
  const idsOf = new Map<RecordKind, Set<string>>();
  for (const { kind, id } of wanted) {
    if (!isStorableId(id)) continue;
    const ids = idsOf.get(kind);
    if (ids) ids.add(id);
    else idsOf.set(kind, new Set([id]));
  }
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = await readOnce(redis, place, idsOf);
    if (found) return found;
  }
  throw new StoreUnavailable(`the store in ${place.where} changes faster than it can be read`);
}

interface FoundKind {
  /** How many records there are. */
  readonly held: number;
  readonly texts: ReadonlyMap<string, string>;
}

/** Undefined if the head changed meanwhile: the records may be of two moments. */
async function readOnce(
  redis: Redis,
  { keys, where }: Place,
  wanted: ReadonlyMap<RecordKind, ReadonlySet<string>>,
): Promise<FoundRecords | undefined> {
  const kinds = [...wanted];
  const [before, ...outcomes] = await sendEach(redis, [
    headCommand(keys.head),
    ...kinds.flatMap(([kind, ids]): Command[] => [
      ['HLEN', keys.records(kind)],
      ['HMGET', keys.records(kind), ...ids],
    ]),
    ['HMGET', keys.head, 'epoch', 'revision'],
  ]);
  const head = parseRedisHead(replyOf(before), where);
  const [epoch, revision] = asList(replyOf(outcomes.at(-1))).map(asTextOrNone);
  if (epoch !== head.position.epoch || revision !== String(head.position.revision)) return undefined;

  const found = new Map<RecordKind, () => FoundKind>();
  for (const [index, [kind, ids]] of kinds.entries()) {
    const [length, values] = [outcomes[2 * index], outcomes[2 * index + 1]];
    found.set(
      kind,
      once(() => ({ held: asCount(replyOf(length)), texts: zip(ids, asList(replyOf(values))) })),
    );
  }
  return {
    head,
    get(key) {
      const ofKind = isStorableId(key.id) ? found.get(key.kind)?.() : undefined;
      if (!ofKind) return undefined;
      const text = ofKind.texts.get(key.id);
      if (text !== undefined) return decodeRecord(key, text);
      const expected = head.counts[key.kind];
      if (ofKind.held < expected) throw incomplete(key.kind, expected, ofKind.held, where);
      return undefined;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function zip(ids: Iterable<string>, values: readonly unknown[]): Map<string, string> {
  const texts = new Map<string, string>();
  let index = 0;
  for (const id of ids) {
    const text = asTextOrNone(values[index++]);
    if (text !== undefined) texts.set(id, text);
  }
  return texts;
}

export function incomplete(
  kind: RecordKind,
  expected: number,
  held: number,
  where: string,
): StoreUnavailable {
  return new StoreUnavailable(
    `the store in ${where} should hold ${expected} records of the kind ${kind} and holds ${held}: some were thrown away or deleted by another program; restore a backup`,
  );
}

/** Ids of one kind in the order of their bytes. */
export async function readIds(
  redis: Redis,
  keys: KeySpace,
  kind: RecordKind,
  { after, limit, descending = false }: RecordPage,
): Promise<string[]> {
  const ids = keys.ids(kind);
  const from = after === undefined || after === '' ? undefined : `(${after}`;
  const found = descending
    ? await redis.zrevrangebylex(ids, from ?? '+', '-', 'LIMIT', 0, limit)
    : await redis.zrangebylex(ids, from ?? '-', '+', 'LIMIT', 0, limit);
  return asList(found).map(asText);
}

/** Records by their ids; `undefined` for one that does not exist. */
export async function readValues(
  redis: Redis,
  keys: KeySpace,
  kind: RecordKind,
  ids: readonly string[],
): Promise<(StoredRecord | undefined)[]> {
  if (ids.length === 0) return [];
  const values = asList(await redis.hmget(keys.records(kind), ...ids)).map(asTextOrNone);
  return ids.map((id, index) => {
    const text = values[index];
    return text === undefined ? undefined : decodeRecord({ kind, id }, text);
  });
}

/** A page of a list, without records removed while it was read. A listed record that is absent has no value. */
export async function readPage(
  redis: Redis,
  keys: KeySpace,
  kind: RecordKind,
  part: RecordPage,
): Promise<{ ids: string[]; records: StoredRecord[] }> {
  const ids = await readIds(redis, keys, kind, part);
  const found = await readValues(redis, keys, kind, ids);
  const absent = ids.filter((_, index) => found[index] === undefined);
  const damaged = absent.length > 0 ? await stillListed(redis, keys, kind, absent) : new Set();
  const records = ids.flatMap((id, index): StoredRecord[] => {
    const record = found[index];
    if (record) return [record];
    return damaged.has(id) ? [{ kind, id, revision: 0, value: undefined }] : [];
  });
  return { ids, records };
}

async function stillListed(
  redis: Redis,
  keys: KeySpace,
  kind: RecordKind,
  ids: readonly string[],
): Promise<Set<string>> {
  const [values, scores] = (
    await sendAll(redis, [
      ['HMGET', keys.records(kind), ...ids],
      ['ZMSCORE', keys.ids(kind), ...ids],
    ])
  ).map(asList);
  return new Set(ids.filter((_, index) => scores?.[index] !== null && values?.[index] === null));
}
