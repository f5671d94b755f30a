/** How often lines of one kind are written. */
export interface LineLimit {
  /** Lines in an interval that are written at once. */
  readonly burst: number;
  /** Milliseconds; Infinity: after the burst, never again. */
  readonly interval: number;
}

/** Writes a line. @param repeated how many lines of the kind were not written since the last one */
type WriteLine = (repeated: number) => void;

interface Kind {
  written: number;
  unwritten: number;
  last: WriteLine;
  timer: NodeJS.Timeout | undefined;
}

/** Kinds to remember; of more of them, all count as one. */
const MAX_KINDS = 10_000;
/** For the kinds beyond. */
const OTHERS: LineLimit = { burst: 1, interval: 60_000 };

/**
 * Keeps what repeats from flooding the log: the first lines of a kind are written at once, and what follows within the
 * interval is counted and told by one line at its end, the latest.
 */
export class LineLimiter {
  readonly #maxKinds: number;
  readonly #kinds = new Map<string, Kind>();

  constructor(maxKinds = MAX_KINDS) {
    this.#maxKinds = maxKinds;
  }

  /** @param write not called now if the kind has had its lines */
  write(kind: string, limit: LineLimit, write: WriteLine): void {
    const known = this.#kinds.get(kind);
    if (!known && this.#kinds.size >= this.#maxKinds && kind !== '') {
      this.write('', OTHERS, write);
      return;
    }
    const state = known ?? this.#begin(kind, limit);
    if (state.written < limit.burst) {
      state.written++;
      write(0);
    } else {
      state.unwritten++;
      state.last = write;
    }
  }

  /** Writes what was counted and not told yet. */
  flush(): void {
    for (const state of this.#kinds.values()) tell(state);
  }

  #begin(kind: string, { interval }: LineLimit): Kind {
    const state: Kind = { written: 0, unwritten: 0, last: () => undefined, timer: undefined };
    if (interval !== Number.POSITIVE_INFINITY)
      state.timer = setInterval(() => this.#next(kind, state), interval).unref();
    this.#kinds.set(kind, state);
    return state;
  }

  /** An interval in which nothing happened ends the memory of the kind. */
  #next(kind: string, state: Kind): void {
    if (state.written === 0 && state.unwritten === 0) {
      clearInterval(state.timer);
      this.#kinds.delete(kind);
      return;
    }
    state.written = tell(state) ? 1 : 0;
  }
}

function tell(state: Kind): boolean {
  const { unwritten, last } = state;
  if (unwritten === 0) return false;
  state.unwritten = 0;
  last(unwritten);
  return true;
}
