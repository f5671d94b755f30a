import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import {
  type CommitResult,
  StoreFormatError,
  type StorePosition,
  StoreUnavailable,
  type Write,
} from '../port.ts';
import { RECORD_KINDS, type RecordKey, type RecordKind } from '../record.ts';
import { STORE_FORMAT } from '../store-format.ts';
import { COMMIT } from './commit-script.ts';
import { isStorableId, type KeySpace } from './key-space.ts';
import { runScript } from './lua-script.ts';
import { asList, asText } from './replies.ts';

export interface EncodedWrite {
  readonly record: RecordKey;
  /** JSON; undefined where the record is removed. */
  readonly json: string | undefined;
}

/** Does all that may fail because of the caller before anything is sent. Throws RangeError, TypeError. */
export function encodeWrites(writes: readonly Write[]): EncodedWrite[] {
  const byKey = new Map<string, EncodedWrite>();
  for (const { key, value } of writes) {
    const { kind, id } = key;
    if (!RECORD_KINDS.includes(kind)) throw new RangeError(`no such kind of record: ${String(kind)}`);
    if (!isStorableId(id))
      throw new RangeError(`${kind} ${JSON.stringify(id.slice(0, 64))}: no id that can be stored`);
    const json = value === undefined ? undefined : encodeValue(value, kind);
    byKey.set(`${kind}/${id}`, { record: { kind, id }, json });
  }
  return [...byKey.values()];
}

function encodeValue(value: unknown, kind: RecordKind): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`${kind}: the value is no JSON`);
  return json;
}

export interface CommitSettings {
  readonly keys: KeySpace;
  /** Names the store for messages. */
  readonly where: string;
  /** Commits that the log keeps. */
  readonly logLength: number;
}

/** Everything, or a conflict and nothing. `commit` names it, among those of other histories too. */
export async function commitWrites(
  redis: Redis,
  { keys, where, logLength }: CommitSettings,
  expected: StorePosition,
  writes: readonly EncodedWrite[],
): Promise<CommitResult & { readonly commit: string }> {
  const next = expected.revision + 1;
  const commit = randomBytes(8).toString('hex');
  const touched = JSON.stringify(writes.map(({ record }) => [record.kind, record.id]));
  const reply = await runScript(
    redis,
    COMMIT,
    [
      keys.head,
      keys.log,
      keys.lastUsed,
      ...RECORD_KINDS.flatMap((kind) => [keys.records(kind), keys.ids(kind)]),
    ],
    [
      STORE_FORMAT,
      expected.epoch,
      expected.revision,
      next,
      commit,
      logLength,
      touched,
      ...writes.flatMap(({ record, json }) => [
        RECORD_KINDS.indexOf(record.kind) + 1,
        json === undefined ? 0 : 1,
        record.id,
        json === undefined ? '' : `${next} ${json}`,
      ]),
    ],
  );
  return { ...readOutcome(reply, where), commit };
}

function readOutcome(reply: unknown, where: string): CommitResult {
  const [outcome = '', epoch = '', revision = ''] = asList(reply).map(asText);
  switch (outcome) {
    case 'committed':
      return { committed: { epoch, revision: Number(revision) } };
    case 'conflict':
      return { conflict: { epoch, revision: Number(revision) } };
    case 'none':
      throw new StoreUnavailable(`there is no store in ${where} any more: it was emptied`);
    case 'format':
      throw new StoreFormatError(
        `the store in ${where} is of another format than this version of sallyport knows`,
      );
    default:
      throw new StoreUnavailable(
        `${outcome.replace(/^type:/, '')} in ${where} holds something else than a store would: another program writes there`,
      );
  }
}
