import { z } from 'zod';
import type { RecordOf } from '../store/record.ts';
import type { PlacedQuery, SortKey, SortPosition } from './index/placed-ids.ts';
import type { RecordPlaces } from './index/record-places.ts';
import {
  type ListOptions,
  type ListPage,
  listPage,
  type PageRequest,
  type PageSource,
  SCANNED,
  wrongCursor,
} from './list-page.ts';
import type { Reader } from './reader.ts';
import { namespaceOfRecord, type PlacedKind } from './resource-kinds.ts';

export interface PlacedRequest extends PageRequest {
  readonly sort: string;
  readonly order: 'asc' | 'desc';
}

export interface PlacedList<K extends PlacedKind> extends ListOptions<RecordOf<K>> {
  readonly kind: K;
  /** Whether a namespace is asked for, and may be seen. */
  within(namespace: string): boolean;
  /** What the index can tell of the filters; `keep` checks them all. */
  passes?(places: RecordPlaces): PlacedQuery['passes'];
  /** By the field to sort by; `id` and `namespace` need none. */
  readonly keys?: Readonly<Record<string, NonNullable<PlacedQuery['keyOf']>>>;
  /** Whether `passes` tells all of the filters, so that the index can count. */
  readonly counts: boolean;
  keep(records: readonly RecordOf<K>[]): RecordOf<K>[] | Promise<RecordOf<K>[]>;
}

/** A page of records in namespaces, in any order that the index knows, and how many there are of all pages. */
export async function listPlaced<K extends PlacedKind>(
  reader: Reader,
  { sort, order, ...page }: PlacedRequest,
  list: PlacedList<K>,
): Promise<ListPage<RecordOf<K>> & { readonly total: number | null }> {
  const { kind, within, keep } = list;
  const isUsual = sort === 'id' && order === 'asc';
  // Without an index, only an unusual order is worth reading everything.
  const ordered =
    isUsual && !reader.isIndexed ? undefined : await orderedSource(reader, { sort, order, ...page }, list);
  const request = { ...page, ...(!isUsual && { ordering: `${sort} ${order}` }) };
  const source: PageSource<RecordOf<K>> =
    ordered?.source ?? ((after, limit) => reader.pageWithin(kind, within, { after, limit }));
  const found = await listPage(source, request, keep, list);
  const isWhole = page.cursor === undefined && found.next === null;
  return { ...found, total: isWhole ? found.items.length : list.counts ? (ordered?.total() ?? null) : null };
}

async function orderedSource<K extends PlacedKind>(
  reader: Reader,
  { sort, order }: PlacedRequest,
  { kind, within, passes, keys }: PlacedList<K>,
): Promise<{ readonly source: PageSource<RecordOf<K>>; total(): number | undefined }> {
  const places = await reader.places(kind);
  const keyOf = sort === 'namespace' ? (row: { namespace: string }) => row.namespace : keys?.[sort];
  let found: { readonly positions: readonly SortPosition[]; readonly total: number } | undefined;
  let offset = 0;
  const format = ({ key, id }: SortPosition) => (keyOf ? `${JSON.stringify(key)}\n${id}` : id);
  return {
    total: () => found?.total,
    async source(after, limit) {
      found ??= places.ids(kind).find({
        covers: within,
        passes: passes?.(places),
        keyOf,
        after: after === undefined ? undefined : keyOf ? parsePosition(after) : { key: 0, id: after },
        descending: order === 'desc',
        limit: SCANNED,
      });
      const batch = found.positions.slice(offset, offset + limit);
      offset += batch.length;
      const records = await reader.findAll(
        kind,
        batch.map(({ id }) => id),
      );
      const last = batch.at(-1);
      const isEnd = offset === found.positions.length && offset < SCANNED;
      return {
        // A record may have moved since.
        records: [...records.values()].filter((record) => within(namespaceOfRecord(kind, record))),
        positions: new Map(batch.map((position) => [position.id, format(position)])),
        last: isEnd || !last ? undefined : format(last),
      };
    },
  };
}

const Key = z.union([z.string(), z.number()]);

function parsePosition(position: string): SortPosition {
  const [key = '', id = ''] = position.split('\n');
  return { key: parseKey(key), id };
}

function parseKey(text: string): SortKey {
  try {
    const key = Key.safeParse(JSON.parse(text));
    if (key.success) return key.data;
  } catch {
    // Not JSON either.
  }
  throw wrongCursor();
}
