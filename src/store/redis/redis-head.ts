import { StoreFormatError, type StorePosition, StoreUnavailable } from '../port.ts';
import { RECORD_KINDS, type RecordKind, SNAPSHOT_KINDS } from '../record.ts';
import { STORE_FORMAT } from '../store-format.ts';
import { asList, asTextOrNone, type Command } from './replies.ts';

/** What a store is, how far it got, and how many records of each kind it holds. */
export interface RedisHead {
  readonly position: StorePosition;
  /** Names the last commit: two histories that parted may both have one of its revision. Empty before the first. */
  readonly commit: string;
  readonly counts: Readonly<Record<RecordKind, number>>;
  /** The last revision that touched a kind which every decision needs. */
  readonly snapshotRevision: number;
}

const FIELDS = [
  'format',
  'epoch',
  'revision',
  'commit',
  ...RECORD_KINDS.map((kind) => `count:${kind}`),
  ...SNAPSHOT_KINDS.map((kind) => `changed:${kind}`),
];

/** Asks for what `parseRedisHead` reads. */
export function headCommand(headKey: string): Command {
  return ['HMGET', headKey, ...FIELDS];
}

/**
 * Throws `StoreUnavailable` if there is no store: it was not made yet, or the server was emptied.
 * Throws `StoreFormatError` for a store that this version cannot use.
 * @param where names the store for messages
 */
export function parseRedisHead(reply: unknown, where: string): RedisHead {
  const values = asList(reply).map(asTextOrNone);
  const fields = new Map(FIELDS.map((field, index) => [field, values[index]]));
  const epoch = fields.get('epoch');
  if (fields.get('format') === undefined && epoch === undefined)
    throw new StoreUnavailable(`there is no store in ${where}: it was not made yet, or it was emptied`);

  const format = countOf(fields.get('format'));
  if (format !== STORE_FORMAT) throw wrongFormat(format, where);
  const numbers = (names: readonly string[]) =>
    names.map((name) => countOf(fields.get(name) ?? '0') ?? fail(where));
  const counts = numbers(RECORD_KINDS.map((kind) => `count:${kind}`));
  return {
    position: {
      epoch: epoch && epoch.length <= 64 ? epoch : fail(where),
      revision: countOf(fields.get('revision')) ?? fail(where),
    },
    commit: (fields.get('commit') ?? '').slice(0, 64),
    counts: Object.fromEntries(RECORD_KINDS.map((kind, index) => [kind, counts[index] ?? 0])) as Record<
      RecordKind,
      number
    >,
    snapshotRevision: Math.max(...numbers(SNAPSHOT_KINDS.map((kind) => `changed:${kind}`))),
  };
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function wrongFormat(format: number | undefined, where: string): StoreFormatError {
  if (format === undefined) return fault(where);
  return new StoreFormatError(
    format > STORE_FORMAT
      ? `the store in ${where} has format ${format}, and this version of sallyport knows ${STORE_FORMAT} at most: start the version that wrote it, or a newer one`
      : `the store in ${where} has format ${format}, which this version of sallyport can't read: start a version between the two first`,
  );
}

function fail(where: string): never {
  throw fault(where);
}

function fault(where: string): StoreFormatError {
  return new StoreFormatError(
    `the store in ${where} says about itself what can't be right: restore a backup, or choose another prefix`,
  );
}
