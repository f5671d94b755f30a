import { stat } from 'node:fs/promises';
import { KeyFileError, systemErrorCode } from './key-file-error.ts';
import type { KeySource } from './key-set.ts';

export interface WatchKeyFilesOptions<Keys> {
  /** Milliseconds between looks; 250 by default. */
  readonly interval?: number;
  /** Called after new keys have taken the place of the old ones. */
  readonly onChange?: (keys: Keys, generation: number) => void;
  /** Called once for each new problem; the old keys stay in use. */
  readonly onError?: (error: Error) => void;
}

export interface WatchedKeys<Keys> extends KeySource<Keys> {
  /** Reads the files now. True where their keys are in use; false where they could not be read (`onError` knows why). */
  reload(): Promise<boolean>;
  close(): void;
}

/**
 * Loads keys and loads them again whenever a file of theirs changes, however it was put there: written in place,
 * renamed over, or behind a link that was swapped. Looks at the files from time to time, because not every mount
 * reports changes. Throws what `load` throws where the first load fails.
 */
export async function watchKeyFiles<Keys>(
  paths: readonly string[],
  load: () => Promise<Keys>,
  options: WatchKeyFilesOptions<Keys> = {},
): Promise<WatchedKeys<Keys>> {
  const stamp = await stampFiles(paths);
  return new KeyFileWatch(paths, load, options, await load(), stamp);
}

class KeyFileWatch<Keys> implements WatchedKeys<Keys> {
  readonly #paths: readonly string[];
  readonly #load: () => Promise<Keys>;
  readonly #options: WatchKeyFilesOptions<Keys>;
  #current: Keys;
  #generation = 1;
  /** What the files looked like when `#current` was read. */
  #stamp: string;
  #reported: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    paths: readonly string[],
    load: () => Promise<Keys>,
    options: WatchKeyFilesOptions<Keys>,
    keys: Keys,
    stamp: string,
  ) {
    this.#paths = paths;
    this.#load = load;
    this.#options = options;
    this.#current = keys;
    this.#stamp = stamp;
    this.#schedule();
  }

  get current(): Keys {
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
      const keys = await this.#load();
      if (this.#closed) return false;
      // Changed while it was read: what we have may be half of each. The next look reads it again.
      if ((await stampFiles(this.#paths)) !== before) return false;
      this.#swap(keys, before);
      return true;
    } catch (error) {
      if ((await stampFiles(this.#paths)) === before) this.#report(error);
      return false;
    }
  }

  #swap(keys: Keys, stamp: string): void {
    this.#current = keys;
    this.#generation += 1;
    this.#stamp = stamp;
    this.#reported = undefined;
    this.#options.onChange?.(keys, this.#generation);
  }

  /** A file that stays bad is read again at every look, as the reason may not show in its stamp, but told of once. */
  #report(error: unknown): void {
    const fault =
      error instanceof Error ? error : new KeyFileError(this.#paths.join(', '), "can't be loaded");
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
        return systemErrorCode(error) ?? 'unreadable';
      }
    }),
  );
  return stamps.join(' ');
}
