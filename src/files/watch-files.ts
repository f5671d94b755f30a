import { stat } from 'node:fs/promises';

export interface WatchFilesOptions<Content> {
  /** Milliseconds between looks; 250 by default. */
  readonly interval?: number;
  /** Called after new content has taken the place of the old. */
  readonly onChange?: (content: Content, generation: number) => void;
  /** Called once for each new problem; the old content stays in use. */
  readonly onError?: (error: Error) => void;
}

/** What files hold, and held before they became unusable. */
export interface WatchedFiles<Content> {
  readonly current: Content;
  /** Another number whenever `current` is other content. */
  readonly generation: number;
  /** Reads the files now. True where what they hold is in use; false where it could not be read (`onError` knows why). */
  reload(): Promise<boolean>;
  close(): void;
}

/**
 * Loads what files hold, and loads it again whenever one of them changes, however it was put there: written in place,
 * renamed over, or behind a link that was swapped, as Kubernetes does. Looks at the files from time to time, because not
 * every mount reports changes. Rejects with what `load` throws where the first load fails.
 */
export async function watchFiles<Content>(
  paths: readonly string[],
  load: () => Content | Promise<Content>,
  options: WatchFilesOptions<Content> = {},
): Promise<WatchedFiles<Content>> {
  const stamp = await stampFiles(paths);
  return new FilesWatch(paths, load, options, await load(), stamp);
}

class FilesWatch<Content> implements WatchedFiles<Content> {
  readonly #paths: readonly string[];
  readonly #load: () => Content | Promise<Content>;
  readonly #options: WatchFilesOptions<Content>;
  #current: Content;
  #generation = 1;
  /** What the files looked like when `#current` was read. */
  #stamp: string;
  #reported: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    paths: readonly string[],
    load: () => Content | Promise<Content>,
    options: WatchFilesOptions<Content>,
    content: Content,
    stamp: string,
  ) {
    this.#paths = paths;
    this.#load = load;
    this.#options = options;
    this.#current = content;
    this.#stamp = stamp;
    if (paths.length > 0) this.#schedule();
  }

  get current(): Content {
    return this.#current;
  }

  get generation(): number {
    return this.#generation;
  }

  reload(): Promise<boolean> {
    return this.#inTurn(() => this.#read());
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#inTurn(() => this.#look()).finally(() => this.#schedule());
    }, this.#options.interval ?? 250);
    this.#timer.unref();
  }

  /** One read at a time, so that an older one never takes the place of a newer one. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #look(): Promise<void> {
    if ((await stampFiles(this.#paths)) !== this.#stamp) await this.#read();
    else this.#reported = undefined;
  }

  async #read(): Promise<boolean> {
    const before = await stampFiles(this.#paths);
    try {
      const content = await this.#load();
      if (this.#closed) return false;
      // Changed while it was read: what we have may be half of each. The next look reads it again.
      if ((await stampFiles(this.#paths)) !== before) return false;
      this.#swap(content, before);
      return true;
    } catch (error) {
      if ((await stampFiles(this.#paths)) === before) this.#report(error);
      return false;
    }
  }

  #swap(content: Content, stamp: string): void {
    this.#current = content;
    this.#generation += 1;
    this.#stamp = stamp;
    this.#reported = undefined;
    this.#options.onChange?.(content, this.#generation);
  }

  /** A file that stays bad is read again at every look, as the reason may not show in its stamp, but told of once. */
  #report(error: unknown): void {
    const fault = error instanceof Error ? error : new Error(`${this.#paths.join(', ')}: can't be loaded`);
    if (this.#closed || fault.message === this.#reported) return;
    this.#reported = fault.message;
    this.#options.onError?.(fault);
  }
}

/** Changes whenever one of the files does. `ctime` tells of a change of mode, and of content where `mtime` was kept. */
async function stampFiles(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    paths.map(async (path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
        return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      }
    }),
  );
  return stamps.join(' ');
}
