import { StoreFormatError } from '../port.ts';
import { STORE_FORMAT } from '../store-format.ts';

/** A record of any format. */
export interface RawRecord {
  readonly kind: string;
  readonly id: string;
  /** JSON */
  readonly value: unknown;
}

/** How records of one format become records of the next. */
export interface Migration {
  readonly from: number;
  /** What one record becomes: itself, another, several, or none. Must look at nothing else. */
  migrate(record: RawRecord): readonly RawRecord[];
}

/** In order, without a gap up to `STORE_FORMAT`. Steps are only ever added. */
export const MIGRATIONS: readonly Migration[] = [];

/**
 * Makes the function that upgrades a record of `format`; undefined if it is current. Throws `StoreFormatError` if a step is
 * missing.
 * @param where the records come from, for the error
 */
export function upgradeFrom(
  format: number,
  where: string,
  migrations: readonly Migration[] = MIGRATIONS,
): ((record: RawRecord) => RawRecord[]) | undefined {
  if (format === STORE_FORMAT) return undefined;
  const steps: Migration[] = [];
  for (let at = format; at < STORE_FORMAT; at++) {
    const step = migrations.find(({ from }) => from === at);
    if (!step)
      throw new StoreFormatError(
        `${where} has format ${format}, which this version of sallyport can't bring up to its own, ${STORE_FORMAT}: start a version between the two first`,
      );
    steps.push(step);
  }
  return (record) =>
    steps.reduce<RawRecord[]>((records, step) => records.flatMap((each) => step.migrate(each)), [record]);
}
