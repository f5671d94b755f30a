import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type CommitResult, StoreFormatError, type StorePosition, StoreUnavailable } from '../port.ts';
import { RECORD_KINDS } from '../record.ts';
import { type EncodedWrite, encodeKeys, encodeRecord } from '../record-text.ts';
import { STORE_FORMAT } from '../store-format.ts';
import { COMMIT } from './commit-script.ts';
import type { KeySpace } from './key-space.ts';
import { runScript } from './lua-script.ts';
import { asList, asText } from './replies.ts';

export interface CommitSettings {
  readonly keys: KeySpace;
  /** Names the store for messages. */
  readonly where: string;
  /** Commits that the log keeps. */
  readonly logLength: number;
}

/** Commits all writes, or none if there is a conflict. `commit` is unique across histories. */
export async function commitWrites(
  redis: Redis,
  { keys, where, logLength }: CommitSettings,
  expected: StorePosition,
  writes: readonly EncodedWrite[],
): Promise<CommitResult & { readonly commit: string }> {
  const next = expected.revision + 1;
  const commit = randomBytes(8).toString('hex');
  const touched = encodeKeys(writes.map(({ record }) => record));
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
        json === undefined ? '' : encodeRecord(next, json),
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
