import { Reader } from '../../resources/reader.ts';
import type { Store, StorePosition, Write } from '../../store/port.ts';
import { parseRecord } from '../../store/record.ts';
import { DirectoryContent } from './directory-content.ts';

interface Known {
  readonly position: StorePosition;
  readonly content: DirectoryContent;
}

/**
 * The directory as identity providers look into it, kept between requests: a first synchronisation asks for each user by
 * name before it makes them, which must not read all of them every time. Commits made through SCIM are added; after one
 * of anybody else it is read again.
 */
export class DirectoryIndex {
  readonly #store: Store;
  #known: Known | undefined;
  #reading: Promise<DirectoryContent> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The directory, no older than the call. What others write while it is read may be in it in part: whoever writes by
   * it finds out at the commit.
   */
  async read(): Promise<DirectoryContent> {
    const position = await this.#store.position();
    if (this.#known && isSame(this.#known.position, position)) return this.#known.content;
    // One that began before somebody else's commit would not have it.
    await this.#reading?.catch(() => undefined);
    if (this.#known && isSame(this.#known.position, position)) return this.#known.content;
    this.#reading = this.#readAll(position);
    return this.#reading;
  }

  async #readAll(before: StorePosition): Promise<DirectoryContent> {
    const content = new DirectoryContent();
    const reader = new Reader(this.#store);
    for await (const user of reader.all('directory_user')) content.setUser(user.id, user);
    for await (const group of reader.all('directory_group')) content.setGroup(group.id, group);
    const after = await this.#store.position();
    this.#known = isSame(before, after) ? { position: after, content } : undefined;
    return content;
  }

  /** Adds a commit, where nothing came between. */
  committed(position: StorePosition, writes: readonly Write[]): void {
    const known = this.#known;
    if (known?.position.epoch !== position.epoch || known.position.revision !== position.revision - 1) return;
    for (const { key, value } of writes) {
      const record = { ...key, revision: position.revision, value };
      if (key.kind === 'directory_user')
        known.content.setUser(
          key.id,
          value === undefined ? undefined : parseRecord('directory_user', record),
        );
      else if (key.kind === 'directory_group')
        known.content.setGroup(
          key.id,
          value === undefined ? undefined : parseRecord('directory_group', record),
        );
    }
    this.#known = { position, content: known.content };
  }
}

function isSame(a: StorePosition, b: StorePosition): boolean {
  return a.epoch === b.epoch && a.revision === b.revision;
}
