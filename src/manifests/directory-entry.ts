import type { ClaimValue, DirectoryGroup, DirectoryUser } from '../accounts/directory-schema.ts';
import { parseResource } from './read-resource-value.ts';
import { ResourceError, type ResourceOrigin, type ResourceProblem } from './resource.ts';

/** A user or group of a file that is to be imported: what it says, and nothing of what it does not. */
export interface DirectoryEntry {
  readonly kind: 'DirectoryUser' | 'DirectoryGroup';
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Claims that take the place of those of the same name alone; an empty one takes it away. */
  readonly claims?: Readonly<Record<string, readonly ClaimValue[]>>;
  readonly origin: ResourceOrigin;
}

export const MAX_CHARACTERS = 64 * 1024 * 1024;
/** More would not help. */
const MAX_PROBLEMS = 100;

/** Collects entries, and what is wrong with them. */
export class DirectoryEntries {
  readonly #file: string;
  readonly #entries: DirectoryEntry[] = [];
  readonly #places = new Map<string, string>();
  readonly #problems: ResourceProblem[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** @param place where in the file, such as `:17` for a line or `[3]` for an item */
  add(entry: Omit<DirectoryEntry, 'origin'>, place: string): void {
    const origin = this.#originOf(place);
    const name = `${entry.kind} ${entry.id}`;
    const first = this.#places.get(name);
    if (first !== undefined) this.complain(place, name, `is at ${this.#file}${first} already`);
    this.#places.set(name, place);
    try {
      parseResource(entry.kind, entryFields(entry, undefined), origin);
      this.#entries.push({ ...entry, origin });
    } catch (error) {
      if (!(error instanceof ResourceError)) throw error;
      for (const { path, message } of error.problems)
        this.complain(place, path === '' ? name : `${name}: ${path}`, message);
    }
  }

  /** Throws `ResourceError` if there are too many problems. */
  complain(place: string, path: string, message: string): void {
    this.#problems.push({ origin: this.#originOf(place), path, message });
    if (this.#problems.length >= MAX_PROBLEMS) throw new ResourceError(this.#problems);
  }

  /** Throws `ResourceError` where anything is wrong. */
  done(): readonly DirectoryEntry[] {
    if (this.#problems.length > 0) throw new ResourceError(this.#problems);
    return this.#entries;
  }

  #originOf(place: string): ResourceOrigin {
    return { file: `${this.#file}${place}`, document: 0 };
  }
}

/** The fields as they will be: what the entry says, and the rest as it is. */
export function entryFields(
  { id, fields, claims }: Omit<DirectoryEntry, 'origin'>,
  current: DirectoryUser | DirectoryGroup | undefined,
): Readonly<Record<string, unknown>> {
  // One who was deleted begins anew.
  const kept: Partial<DirectoryUser> | DirectoryGroup = current && !isDeleted(current) ? current : {};
  const merged: Record<string, unknown> = { ...kept, ...fields, id };
  if (claims) {
    const before = ('claims' in kept ? kept.claims : undefined) ?? {};
    const after = [...new Map([...Object.entries(before), ...Object.entries(claims)])].filter(
      ([, values]) => values.length > 0,
    );
    merged.claims = Object.fromEntries(after);
  }
  for (const name of ['user_name', 'external_id', 'given_name', 'family_name'])
    if (merged[name] === '') delete merged[name];
  return merged;
}

function isDeleted(current: DirectoryUser | DirectoryGroup): boolean {
  return 'deleted' in current && current.deleted === true;
}
