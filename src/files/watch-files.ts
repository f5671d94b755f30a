import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { readBoundedFile } from './read-bounded-file.ts';
import { systemErrorCode } from './system-error-code.ts';

export interface WatchFilesOptions<Content> {
  /** Milliseconds between looks; 250 by default. */
  readonly interval?: number;
  /** Called after new content has taken the place of the old. */
  readonly onChange?: (content: Content, generation: number) => void;
  /** Called once for each new problem; the old content stays in use. */
  readonly onError?: (error: Error) => void;
}

/** The result of a reload. `failed`: the files cannot be used; `onError` gets the reason. */
export type Reload = 'changed' | 'unchanged' | 'failed';

/** Content that is replaced whole. */
export interface Watched<Content> {
  readonly current: Content;
  /** Calls `listener` with each new content. */
  onChange(listener: (content: Content) => void): void;
}

/** The last usable content of files. */
export interface WatchedFiles<Content> extends Watched<Content> {
  /** Another number whenever `current` is other content. */
  readonly generation: number;
  /** Whether the files changed to content that cannot be used. */
  readonly failing: boolean;
  /** Reads the files now. */
  reload(): Promise<Reload>;
  close(): void;
}

/** Content that stays. */
export function fixed<Content>(current: Content): Watched<Content> {
  return { current, onChange: () => undefined };
}

/** The largest file that is compared by its content. */
const MAX_FILE = 16 * 1024 * 1024;

/**
 * Loads files, and loads them again whenever one changes: written in place, renamed over, or behind a swapped link, as
 * Kubernetes does. Polls, because not every mount reports changes. Rejects with the error of the first `load`.
 */
export async function watchFiles<Content>(
  paths: readonly string[],
  load: () => Content | Promise<Content>,
  options: WatchFilesOptions<Content> = {},
): Promise<WatchedFiles<Content>> {
  const seen = { stamp: await stampFiles(paths), digest: digestFiles(paths) };
  return new FilesWatch(paths, load, options, await load(), seen);
}

/** What the files looked like before they were read. */
interface Seen {
  readonly stamp: string;
  readonly digest: string;
}

class FilesWatch<Content> implements WatchedFiles<Content> {
  readonly #paths: readonly string[];
  readonly #load: () => Content | Promise<Content>;
  readonly #options: WatchFilesOptions<Content>;
  #current: Content;
  #generation = 1;
  /** Of the files that `#current` was read from. */
  #seen: Seen;
  readonly #listeners: ((content: Content) => void)[] = [];
  #failing = false;
  #reported: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    paths: readonly string[],
    load: () => Content | Promise<Content>,
    options: WatchFilesOptions<Content>,
    content: Content,
    seen: Seen,
  ) {
    this.#paths = paths;
    this.#load = load;
    this.#options = options;
    this.#current = content;
    this.#seen = seen;
    if (paths.length > 0) this.#schedule();
  }

  get current(): Content {
    return this.#current;
  }

  get generation(): number {
    return this.#generation;
  }

  get failing(): boolean {
    return this.#failing;
  }

  onChange(listener: (content: Content) => void): void {
    this.#listeners.push(listener);
  }

  reload(): Promise<Reload> {
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
    if ((await stampFiles(this.#paths)) !== this.#seen.stamp) await this.#read();
    else this.#mended();
  }

  async #read(): Promise<Reload> {
    const stamp = await stampFiles(this.#paths);
    const digest = digestFiles(this.#paths);
    try {
      const content = await this.#load();
      if (this.#closed) return 'failed';
      // Changed during the read, so the content may be mixed. The next look reads it again.
      if ((await stampFiles(this.#paths)) !== stamp) return 'failed';
      const changed = digest !== this.#seen.digest;
      this.#seen = { stamp, digest };
      this.#mended();
      if (!changed) return 'unchanged';
      this.#swap(content);
      return 'changed';
    } catch (error) {
      if ((await stampFiles(this.#paths)) === stamp) this.#report(error);
      return 'failed';
    }
  }

  #swap(content: Content): void {
    this.#current = content;
    this.#generation += 1;
    this.#options.onChange?.(content, this.#generation);
    for (const listener of this.#listeners) listener(content);
  }

  #mended(): void {
    this.#failing = false;
    this.#reported = undefined;
  }

  /** An invalid file is read at every look, because its stamp may not show the reason, but reported once. */
  #report(error: unknown): void {
    this.#failing = true;
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
        return systemErrorCode(error) ?? 'unreadable';
      }
    }),
  );
  return stamps.join(' ');
}

function digestFiles(paths: readonly string[]): string {
  const digest = createHash('sha256');
  for (const path of paths) {
    const content = readBoundedFile(path, MAX_FILE);
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content.problem);
    digest.update(`${bytes.length} `).update(bytes);
  }
  return digest.digest('hex');
}
