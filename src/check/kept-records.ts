import type { StoredRecord } from '../store/record.ts';

/** What was made of a record, as it was at its revision. */
export interface KeptRecord {
  readonly revision: number;
}

/**
 * Makes something of each record, but for those that are known from before and did not change since; may be left off
 * after each.
 * @param known of the same history
 */
export function* loadRecords<Loaded extends KeptRecord>(
  records: readonly StoredRecord[],
  known: ReadonlyMap<string, Loaded> | undefined,
  load: (record: StoredRecord) => Loaded,
): Generator<void, Map<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  for (const record of records) {
    const before = known?.get(record.id);
    loaded.set(record.id, before?.revision === record.revision ? before : load(record));
    yield;
  }
  return loaded;
}
