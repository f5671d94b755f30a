/** How often lines of one kind are written. */
export interface LineLimit {
  /** Lines in an interval that are written at once. */
  readonly burst: number;
  /** Milliseconds; Infinity: after the burst, never again, and nothing is counted. */
  readonly interval: number;
}

/** Writes a line. @param repeated how many lines of the kind were not written since the last one */
type WriteLine = (repeated: number) => void;

const LONGEST_INTERVAL = 60_000;

interface Kind {
  written: number;
  unwritten: number;
  last: WriteLine;
  timer: NodeJS.Timeout | undefined;
}

/** Kinds to remember; beyond it, all lines of an event are one kind. */
const MAX_KINDS = 10_000;

/**
 * Limits repeated lines: the first of a kind are written at once. Further ones within the interval are counted, and its end
 * writes the latest with the count.
 */
export class LineLimiter {
  readonly #maxKinds: number;
  readonly #kinds = new Map<string, Kind>();

  constructor(maxKinds = MAX_KINDS) {
    this.#maxKinds = maxKinds;
  }

  /**
   * @param event one of a closed list
   * @param by what tells kinds of this event apart
   * @param write called now, at the end of the interval, or never
   */
  write(event: string, by: string, limit: LineLimit, write: WriteLine): void {
    const kind = `${event} ${by}`;
    const known = this.#kinds.get(kind);
    if (!known && this.#kinds.size >= this.#maxKinds && by !== '') {
      this.write(event, '', { burst: limit.burst, interval: LONGEST_INTERVAL }, write);
      return;
    }
    const state = known ?? this.#begin(kind, limit);
    if (state.written < limit.burst) {
      state.written++;
      write(0);
    } else if (state.timer) {
      state.unwritten++;
      state.last = write;
    }
  }

  /** Writes the latest of each kind that was only counted. */
  flush(): void {
    for (const state of this.#kinds.values()) writeLatest(state);
  }

  #begin(kind: string, { interval }: LineLimit): Kind {
    const state: Kind = { written: 0, unwritten: 0, last: () => undefined, timer: undefined };
    if (interval !== Number.POSITIVE_INFINITY)
      state.timer = setInterval(() => this.#next(kind, state), interval).unref();
    this.#kinds.set(kind, state);
    return state;
  }

  /** A kind is forgotten after an interval without lines. */
  #next(kind: string, state: Kind): void {
    if (state.written === 0 && state.unwritten === 0) {
      clearInterval(state.timer);
      this.#kinds.delete(kind);
      return;
    }
    state.written = writeLatest(state) ? 1 : 0;
  }
}

function writeLatest(state: Kind): boolean {
  const { unwritten, last } = state;
  if (unwritten === 0) return false;
  state.unwritten = 0;
  last(unwritten);
  return true;
}
