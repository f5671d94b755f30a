import type { Store, Write } from '../../../src/store/port.ts';
import { accountWrites, placeWrites, type ScaleSize } from './scale-records.ts';

/** Records of one commit: as many as Redis writes in some ten milliseconds. */
const RECORDS_A_COMMIT = 4_000;

/**
 * Fills an empty store by commits of its own driver. `onProgress` is told after each of them.
 * @param onProgress records written so far
 */
export async function fillStore(
  store: Store,
  size: ScaleSize,
  onProgress: (records: number) => void = () => undefined,
): Promise<number> {
  let written = 0;
  let { revision } = await store.position();
  for (const writes of chunksOf(writesOf(size), RECORDS_A_COMMIT)) {
    const result = await store.commit(revision, writes);
    if (!('committed' in result)) throw new Error('somebody else writes to the store that is filled');
    revision = result.committed.revision;
    written += writes.length;
    onProgress(written);
  }
  return written;
}

function* writesOf(size: ScaleSize): Generator<Write> {
  yield* placeWrites(size);
  yield* accountWrites(size);
}

function* chunksOf<T>(items: Iterable<T>, length: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < length) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
