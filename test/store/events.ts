import type { Store, StoreEvent, StorePosition } from '../../src/store/port.ts';
import { within } from './within.ts';

export type Change = Exclude<StoreEvent, { type: 'contact' }>;

/** The next `count` events of a store that are not mere contact. */
export async function takeChanges(store: Store, from: StorePosition, count: number): Promise<Change[]> {
  const ending = new AbortController();
  const changes: Change[] = [];
  const collect = async () => {
    for await (const event of store.follow(from, ending.signal)) {
      if (event.type !== 'contact') changes.push(event);
      if (changes.length >= count) return changes;
    }
    throw new Error(`following ended after ${changes.length} of ${count} events`);
  };
  try {
    return await within(collect(), `${count} events`);
  } finally {
    ending.abort();
  }
}
