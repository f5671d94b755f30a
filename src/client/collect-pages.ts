import { TransportError } from './connection-error.ts';

interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next; null after the last. */
  readonly next: string | null;
}

/** Follows cursors to the end. Rejects with `TransportError` if a cursor repeats. */
export async function* eachOf<T>(
  ask: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void> {
  for await (const { items } of pagesOf(ask)) yield* items;
}

export async function* pagesOf<P extends Page<unknown>>(
  ask: (cursor: string | undefined) => Promise<P>,
  from?: string,
): AsyncGenerator<P, void> {
  const seen = new Set<string>();
  for (let cursor = from; ; ) {
    const page = await ask(cursor);
    yield page;
    if (page.next === null) return;
    if (seen.has(page.next))
      throw new TransportError('unexpected-response', 'the server repeats a page of its list');
    seen.add(page.next);
    cursor = page.next;
  }
}

export async function collect<T>(all: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of all) list.push(one);
  return list;
}
