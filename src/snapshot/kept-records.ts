import type { StoredRecord } from '../store/record.ts';
import type { Step } from './run-steps.ts';

/** What was made of a record, as it was at its revision. */
export interface KeptRecord {
  readonly revision: number;
}

/**
 * Makes something of each record, but for those that are known from before and did not change since; may be left off
 * after each. A step that is a promise has to be waited for.
 * @param known of the same history
 */
export function* loadRecords<Loaded extends KeptRecord>(
  records: readonly StoredRecord[],
  known: ReadonlyMap<string, Loaded> | undefined,
  load: (record: StoredRecord) => Loaded | Promise<Loaded>,
): Generator<Step, Map<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  for (const record of records) {
    const before = known?.get(record.id);
    const made = before?.revision === record.revision ? before : load(record);
    if (!(made instanceof Promise)) loaded.set(record.id, made);
    yield made instanceof Promise ? made.then((late) => void loaded.set(record.id, late)) : undefined;
  }
  return loaded;
}
