import type { RecordKey, StoredRecord } from '../../store/record.ts';
import type { RecordPlaces } from '../index/record-places.ts';
import { Reader } from '../reader.ts';
import type { PlacedKind } from '../resource-kinds.ts';

/**
 * The reads of one attempt of a transaction, whose parts ask for the same records: each is read once. The attempt commits with the
 * revision from before its first read, so that the commit fails if anything was changed since.
 */
export class TransactionReader extends Reader {
  readonly #records = new Map<string, StoredRecord | undefined>();
  readonly #places = new Map<PlacedKind, Promise<RecordPlaces>>();

  protected override async get(keys: readonly RecordKey[]): Promise<(StoredRecord | undefined)[]> {
    const missing = keys.filter((key) => !this.#records.has(nameOf(key)));
    if (missing.length > 0) {
      const read = await super.get(missing);
      for (const [index, key] of missing.entries()) this.#records.set(nameOf(key), read[index]);
    }
    return keys.map((key) => this.#records.get(nameOf(key)));
  }

  override async places(kind: PlacedKind): Promise<RecordPlaces> {
    const places = this.#places.get(kind) ?? super.places(kind);
    this.#places.set(kind, places);
    return places;
  }
}

function nameOf({ kind, id }: RecordKey): string {
  return `${kind} ${id}`;
}
