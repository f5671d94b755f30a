/** An id and its namespace; undefined if the record was deleted. */
export interface PlacedId {
  readonly id: string;
  readonly namespace: string | undefined;
  /** What lists filter and sort by beside it, always as many numbers. */
  readonly facts?: readonly number[];
}

export type SortKey = string | number;

/** A place in an order: by key, and by id where keys are equal. */
export interface SortPosition {
  readonly key: SortKey;
  readonly id: string;
}

/** A record as the index knows it. */
export interface PlacedRow {
  readonly id: string;
  readonly namespace: string;
  fact(index: number): number;
}

export interface PlacedQuery {
  covers(namespace: string): boolean;
  /** The row is valid only during the call. */
  readonly passes?: ((row: PlacedRow) => boolean) | undefined;
  /** The same for the key; without it ids alone decide. */
  readonly keyOf?: ((row: PlacedRow) => SortKey) | undefined;
  readonly after?: SortPosition | undefined;
  readonly descending?: boolean;
  readonly limit: number;
}

/** How many pages are gathered before those beyond the first are let go. */
const GATHERED = 4;
/** More changes at once are merged in, which moves each id once. */
const SPLICED = 32;

/** The ids of one kind in their order, each with its namespace and facts: some 90 bytes a record, and 8 for each fact. */
export class PlacedIds {
  #ids: string[] = [];
  /** Of each id: the number of its namespace in `#namespaces`, then its facts. */
  #columns: number[][];
  readonly #namespaces: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** @param facts how many each record has */
  constructor(facts = 0) {
    this.#columns = Array.from({ length: facts + 1 }, () => []);
  }

  get #places(): readonly number[] {
    return this.#columns[0] ?? [];
  }

  get size(): number {
    return this.#ids.length;
  }

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

  /** Those that are covered and pass: one page of them in order, and how many there are. Looks at every record once. */
  find({ covers, passes, keyOf, after, descending = false, limit }: PlacedQuery): {
    readonly positions: readonly SortPosition[];
    readonly total: number;
  } {
    const covered = this.#namespaces.map(covers);
    if (!passes && !keyOf) {
      const ids = this.select(covers, { after: after?.id, limit, descending });
      let total = 0;
      for (const place of this.#places) if (covered[place]) total += 1;
      return { positions: ids.map((id) => ({ key: 0, id })), total };
    }
    const direction = descending ? -1 : 1;
    const compare = (a: SortPosition, b: SortPosition) => direction * comparePositions(a, b);
    // Keys often grow with ids: those that come first in the order are then seen first.
    let at = descending ? this.#ids.length - 1 : 0;
    const row: PlacedRow = rowOf(
      () => this.#ids[at] ?? '',
      () => this.#namespaces[this.#places[at] ?? -1] ?? '',
      (index) => this.#columns[index + 1]?.[at] ?? 0,
    );
    let positions: SortPosition[] = [];
    let last: SortPosition | undefined;
    let total = 0;
    for (; at >= 0 && at < this.#ids.length; at += direction) {
      if (!covered[this.#places[at] ?? -1] || passes?.(row) === false) continue;
      total += 1;
      const position = { key: keyOf?.(row) ?? 0, id: row.id };
      if ((after && compare(position, after) <= 0) || (last && compare(position, last) >= 0)) continue;
      if (positions.push(position) < GATHERED * limit) continue;
      positions = positions.sort(compare).slice(0, limit);
      last = positions.at(-1);
    }
    return { positions: positions.sort(compare).slice(0, limit), total };
  }

  #append(changes: readonly PlacedId[]): void {
    for (const change of changes) {
      const values = this.#valuesOf(change);
      if (!values) continue;
      this.#ids.push(change.id);
      for (const [index, column] of this.#columns.entries()) column.push(values[index] ?? 0);
    }
  }

  #splice(change: PlacedId): void {
    const at = this.#search(change.id);
    const isThere = this.#ids[at] === change.id;
    const values = this.#valuesOf(change);
    if (!values) {
      if (!isThere) return;
      this.#ids.splice(at, 1);
      for (const column of this.#columns) column.splice(at, 1);
      return;
    }
    if (!isThere) this.#ids.splice(at, 0, change.id);
    for (const [index, column] of this.#columns.entries())
      column.splice(at, isThere ? 1 : 0, values[index] ?? 0);
  }

  #merge(changes: readonly PlacedId[]): void {
    const [ids, columns] = [this.#ids, this.#columns];
    this.#ids = [];
    this.#columns = columns.map(() => []);
    let at = 0;
    const copyUpTo = (id: string | undefined) => {
      for (let known = ids[at]; known !== undefined && (id === undefined || known < id); known = ids[++at]) {
        this.#ids.push(known);
        for (const [index, column] of this.#columns.entries()) column.push(columns[index]?.[at] ?? 0);
      }
    };
    for (const change of changes) {
      copyUpTo(change.id);
      if (ids[at] === change.id) at++;
      this.#append([change]);
    }
    copyUpTo(undefined);
  }

  #valuesOf({ namespace, facts = [] }: PlacedId): readonly number[] | undefined {
    return namespace === undefined ? undefined : [this.#numberOf(namespace), ...facts];
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

function comparePositions(a: SortPosition, b: SortPosition): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

function rowOf(id: () => string, namespace: () => string, fact: PlacedRow['fact']): PlacedRow {
  return {
    get id() {
      return id();
    },
    get namespace() {
      return namespace();
    },
    fact,
  };
}
