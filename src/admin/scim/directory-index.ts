import type { FollowedIndex, IndexContent, IndexedChange } from '../../operations/index/followed-index.ts';
import type { IndexedStore } from '../../operations/index/indexed-store.ts';
import { parseRecord, RecordFault } from '../../store/record.ts';
import { DirectoryContent } from './directory-content.ts';

/**
 * The directory as identity providers look into it, kept between requests: a first synchronisation asks for each user by
 * name before it makes them, which must not read all of them every time.
 */
export class DirectoryIndex {
  readonly #index: FollowedIndex<IndexedDirectory>;

  constructor(store: IndexedStore) {
    this.#index = store.index({
      kinds: ['directory_user', 'directory_group'],
      create: () => new IndexedDirectory(),
    });
  }

  /** The directory, no older than the call. Rejects with `StoreUnavailable` and `RecordFault`. */
  async read(): Promise<DirectoryContent> {
    return (await this.#index.current()).whole();
  }
}

class IndexedDirectory implements IndexContent {
  readonly #content = new DirectoryContent();
  /** Records that can't be read: who is in a group, or whose a name is, can't be said without them. */
  readonly #faults = new Map<string, RecordFault>();

  apply(changes: readonly IndexedChange[]): void {
    for (const { key, record } of changes) {
      const name = `${key.kind} ${key.id}`;
      this.#faults.delete(name);
      try {
        if (key.kind === 'directory_user')
          this.#content.setUser(key.id, record && parseRecord('directory_user', record));
        else if (key.kind === 'directory_group')
          this.#content.setGroup(key.id, record && parseRecord('directory_group', record));
      } catch (error) {
        if (!(error instanceof RecordFault)) throw error;
        this.#faults.set(name, error);
      }
    }
  }

  whole(): DirectoryContent {
    for (const fault of this.#faults.values()) throw fault;
    return this.#content;
  }
}
