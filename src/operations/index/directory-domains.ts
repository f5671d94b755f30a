import { domainOfName } from '../../accounts/name-pattern.ts';
import type { RecordKind } from '../../store/record.ts';
import type { IndexContent, IndexedChange } from './followed-index.ts';

/** The kinds whose records say which names the directory has or had. */
export const DIRECTORY_NAME_KINDS = ['directory_user', 'user_id'] as const satisfies RecordKind[];

/**
 * The domains of all names that directory users have or had. A name stays the directory's for good, because its reservation
 * stays when the user goes, so that this only grows.
 */
export class DirectoryDomains implements IndexContent {
  readonly #domains = new Set<string>();

  apply(changes: readonly IndexedChange[]): void {
    for (const { key, record } of changes) {
      if (!record) continue;
      if (key.kind === 'directory_user') {
        this.#add(key.id);
        this.#add(textAt(record.value, 'user_name'));
      } else if (key.kind === 'user_id' && textAt(record.value, 'directory_user') !== undefined)
        this.#add(key.id);
    }
  }

  has(domain: string): boolean {
    return this.#domains.has(domain);
  }

  #add(name: string | undefined): void {
    const domain = name === undefined ? undefined : domainOfName(name);
    if (domain !== undefined) this.#domains.add(domain);
  }
}

/** Of a record that may be one that can't be read: its name is kept for the directory all the same. */
function textAt(value: unknown, field: string): string | undefined {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof text === 'string' ? text : undefined;
}
