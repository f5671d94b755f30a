import type { Store, StoreEvent, StorePosition } from '../../src/store/port.ts';
import { within } from '../support/within.ts';

export type Change = Exclude<StoreEvent, { type: 'contact' }>;

/**
 * The next `count` events of a store that are not mere contact.
 * @param onFirst done once the first of them is there
 */
export async function takeChanges(
  store: Store,
  from: StorePosition,
  count: number,
  onFirst: () => Promise<unknown> = async () => undefined,
): Promise<Change[]> {
  const ending = new AbortController();
  const changes: Change[] = [];
  const collect = async () => {
    for await (const event of store.follow(from, ending.signal)) {
      if (event.type === 'contact') continue;
      if (changes.push(event) >= count) return changes;
      if (changes.length === 1) await onFirst();
    }
    throw new Error(`following ended after ${changes.length} of ${count} events`);
  };
  try {
    return await within(collect(), `${count} events`);
  } finally {
    ending.abort();
  }
}
