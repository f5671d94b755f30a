import { isWithin, type NamespaceTree } from '../accounts/namespace-tree.ts';
import { OperationError } from '../contract/operation-error.ts';

import { type Grants, sees } from '../roles/grants.ts';
import { takeTurns } from '../snapshot/run-steps.ts';

/** Records that one request looks at, at most: a filter that fits few gives short pages, not slow ones. */
export const SCANNED = 5000;
const BATCH = 250;

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** The order that the cursor belongs to, if it is not the usual one. */
  readonly ordering?: string | undefined;
}

export interface ListPage<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** Reads the records after a position, which is an id if `positions` does not say otherwise. */
export type PageSource<T> = (
  after: string | undefined,
  limit: number,
) => Promise<{
  readonly records: readonly T[];
  /** The position to go on after; undefined at the end. */
  readonly last: string | undefined;
  readonly positions?: ReadonlyMap<string, string>;
}>;

export interface ListOptions<T> {
  /** What a record costs to look at, beside itself, counted in records. */
  readonly costOf?: (record: T) => number;
}

/** A page of those in `source` that `keep` lets through. */
export async function listPage<T extends { readonly id: string }>(
  source: PageSource<T>,
  { limit, cursor, ordering }: PageRequest,
  keep: (records: readonly T[]) => T[] | Promise<T[]>,
  { costOf = () => 0 }: ListOptions<T> = {},
): Promise<ListPage<T>> {
  const items: T[] = [];
  const turn = takeTurns();
  let after = cursor === undefined ? undefined : decodeCursor(cursor, ordering);
  for (let scanned = 0; scanned < SCANNED; ) {
    const { records, last, positions } = await source(after, BATCH);
    scanned += records.reduce((sum, record) => sum + 1 + costOf(record), 0);
    for (const kept of await keep(records)) {
      items.push(kept);
      if (items.length === limit)
        return { items, next: encodeCursor(positions?.get(kept.id) ?? kept.id, ordering) };
    }
    if (last === undefined) return { items, next: null };
    after = last;
    await turn();
  }
  return { items, next: after === undefined ? null : encodeCursor(after, ordering) };
}

/** A cursor is the position to go on after, and the order that it is a position in. Clients must not read it. */
export function encodeCursor(position: string, ordering?: string): string {
  return Buffer.from(ordering === undefined ? position : `${ordering}\n${position}`).toString('base64url');
}

/** Throws for a cursor of another order. */
export function decodeCursor(cursor: string, ordering?: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [first = '', ...rest] = text.split('\n');
  const position = ordering === undefined ? first : rest.join('\n');
  const isOurs = position !== '' && text.length <= 1024 && encodeCursor(position, ordering) === cursor;
  if (!isOurs) throw wrongCursor();
  return position;
}

export function wrongCursor(): OperationError {
  return new OperationError('invalid', 'the request is not valid', [
    { path: 'query.cursor', message: 'expected the next of a page of the same order' },
  ]);
}

/** Whether something in `namespace` may be seen, and is in the part of the tree that was asked for. */
export function inScope(
  grants: Grants,
  tree: NamespaceTree,
  top: string | undefined,
): (namespace: string) => boolean {
  const topNode = top === undefined ? undefined : tree.nodes.get(top);
  if (top !== undefined && (!topNode || !sees(grants, top)))
    throw new OperationError('not-found', `there is no namespace ${JSON.stringify(top)}`);
  return (namespace) => {
    if (!sees(grants, namespace)) return false;
    const node = tree.nodes.get(namespace);
    return topNode === undefined || (node !== undefined && isWithin(node, topNode));
  };
}

/** Whether one of the texts contains what is looked for, in any letter case. */
export function matchesSearch(q: string | undefined, texts: readonly (string | undefined)[]): boolean {
  if (q === undefined) return true;
  const wanted = q.toLowerCase();
  return texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}
