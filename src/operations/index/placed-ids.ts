/** One id, and where it is; undefined if there is no record of it any more. */
export interface PlacedId {
  readonly id: string;
  readonly namespace: string | undefined;
}

/** More changes at once are merged in, which moves each id once. */
const SPLICED = 32;

/** The ids of one kind in their order, each with its namespace: some 90 bytes a record. */
export class PlacedIds {
  #ids: string[] = [];
  /** Of each id, by its number in `#namespaces`. */
  #places: number[] = [];
  readonly #namespaces: string[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#ids.length;
  }

  /** By id. */
  all(): Map<string, string> {
    return new Map(this.#ids.map((id, at) => [id, this.#namespaces[this.#places[at] ?? -1] ?? '']));
  }

  /** Each id once. */
  apply(changes: readonly PlacedId[]): void {
    const ordered = [...changes].sort((a, b) => (a.id < b.id ? -1 : 1));
    const first = ordered[0];
    const last = this.#ids.at(-1);
    if (first && (last === undefined || first.id > last)) this.#append(ordered);
    else if (ordered.length > SPLICED) this.#merge(ordered);
    else for (const change of ordered) this.#splice(change);
  }

  /** Ids after `after`, or before it if `descending`, of the namespaces that `covers` says, at most `limit`. */
  select(
    covers: (namespace: string) => boolean,
    {
      after,
      limit,
      descending = false,
    }: { readonly after?: string | undefined; readonly limit: number; readonly descending?: boolean },
  ): string[] {
    const covered = this.#namespaces.map(covers);
    const found: string[] = [];
    const step = descending ? -1 : 1;
    let at = descending ? this.#ids.length - 1 : 0;
    if (after !== undefined) {
      at = this.#search(after);
      if (descending) at -= 1;
      else if (this.#ids[at] === after) at += 1;
    }
    for (; at >= 0 && at < this.#ids.length && found.length < limit; at += step) {
      const id = this.#ids[at];
      if (id !== undefined && covered[this.#places[at] ?? -1]) found.push(id);
    }
    return found;
  }

  #append(changes: readonly PlacedId[]): void {
    for (const { id, namespace } of changes) {
      if (namespace === undefined) continue;
      this.#ids.push(id);
      this.#places.push(this.#numberOf(namespace));
    }
  }

  #splice({ id, namespace }: PlacedId): void {
    const at = this.#search(id);
    const isThere = this.#ids[at] === id;
    if (namespace === undefined) {
      if (!isThere) return;
      this.#ids.splice(at, 1);
      this.#places.splice(at, 1);
    } else if (isThere) this.#places[at] = this.#numberOf(namespace);
    else {
      this.#ids.splice(at, 0, id);
      this.#places.splice(at, 0, this.#numberOf(namespace));
    }
  }

  #merge(changes: readonly PlacedId[]): void {
    const [ids, places] = [this.#ids, this.#places];
    this.#ids = [];
    this.#places = [];
    let at = 0;
    const copyUpTo = (id: string | undefined) => {
      for (let known = ids[at]; known !== undefined && (id === undefined || known < id); known = ids[++at]) {
        this.#ids.push(known);
        this.#places.push(places[at] ?? 0);
      }
    };
    for (const change of changes) {
      copyUpTo(change.id);
      if (ids[at] === change.id) at++;
      this.#append([change]);
    }
    copyUpTo(undefined);
  }

  #numberOf(namespace: string): number {
    const known = this.#numbers.get(namespace);
    if (known !== undefined) return known;
    const number = this.#namespaces.push(namespace) - 1;
    this.#numbers.set(namespace, number);
    return number;
  }

  /** Where the id is, or would be. */
  #search(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
