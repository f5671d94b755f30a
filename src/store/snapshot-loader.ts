import { asError } from './as-error.ts';
import { hasReached, type Store, type StoreContents, type StorePosition } from './port.ts';
import { retryDelay, wait } from './retry.ts';

export interface SnapshotLoaderOptions<P> {
  readonly store: Pick<Store, 'snapshot'>;
  /** @param previous the current snapshot; undefined if it may be of another history */
  build(snapshot: StoreContents, previous: P | undefined): P | Promise<P>;
  /** Called after each swap. */
  onSwap(snapshot: P): void;
  onFault(fault: Error): void;
  /** Maximum random delay of a reload in milliseconds, so that many processes do not reload at once. */
  readonly jitter: number;
  readonly signal: AbortSignal;
}

/** Keeps one snapshot of all that every decision needs, and replaces it whole. */
export class SnapshotLoader<P> {
  readonly #options: SnapshotLoaderOptions<P>;
  #snapshot: P;
  #position: StorePosition;
  #wanted: StorePosition;
  #distrusted = false;
  /** The next snapshot may be of another history. */
  #unlike = false;
  #behindSince: number | undefined;
  #failures = 0;
  #reload: Promise<void> | undefined;

  private constructor(options: SnapshotLoaderOptions<P>, snapshot: P, position: StorePosition) {
    this.#options = options;
    this.#snapshot = snapshot;
    this.#position = position;
    this.#wanted = position;
  }

  /** Reads the first snapshot. Rejects with `StoreUnavailable`, or with what `build` throws. */
  static async open<P>(options: SnapshotLoaderOptions<P>): Promise<SnapshotLoader<P>> {
    const first = await options.store.snapshot();
    return new SnapshotLoader(options, await options.build(first, undefined), first.position);
  }

  get snapshot(): P {
    return this.#snapshot;
  }

  get position(): StorePosition {
    return this.#position;
  }

  /** Since when the snapshot lacks a known commit, on the clock of `performance.now()`. */
  get behindSince(): number | undefined {
    return this.#behindSince;
  }

  /** Whether the last try to read it anew failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Resolves when no reload is running any more. */
  async settled(): Promise<void> {
    await this.#reload;
  }

  /** The snapshot must show what was committed up to `position`. Many such calls in a row make one reload, or two. */
  refresh(position: StorePosition): void {
    if (!hasReached(this.#wanted, position)) this.#wanted = position;
    if (hasReached(this.#position, this.#wanted)) return;
    this.#startReload();
  }

  /** Distrusts the current snapshot, and one that is being read, whatever its position. */
  replace(position: StorePosition): void {
    this.#distrusted = true;
    if (!hasReached(this.#wanted, position)) this.#wanted = position;
    this.#startReload();
  }

  #startReload(): void {
    this.#behindSince ??= performance.now();
    this.#reload ??= this.#run();
  }

  async #run(): Promise<void> {
    const { signal, jitter } = this.#options;
    // One read serves all changes of this turn of the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#behindSince !== undefined && !signal.aborted) {
      if (jitter > 0) await wait(Math.random() * jitter, signal);
      try {
        if (signal.aborted) break;
        await this.#load();
      } catch (error) {
        if (signal.aborted) break;
        this.#failures += 1;
        this.#report(error);
        await wait(retryDelay(this.#failures), signal);
      }
    }
    this.#reload = undefined;
  }

  async #load(): Promise<void> {
    const { store, build, signal } = this.#options;
    const begun = performance.now();
    if (this.#distrusted) this.#unlike = true;
    this.#distrusted = false;
    // The store refuses to answer from before this position, so the snapshot never goes backwards.
    const known = hasReached(this.#position, this.#wanted) ? this.#position : this.#wanted;
    const next = await store.snapshot(known);
    if (signal.aborted) return;
    const snapshot = await build(next, this.#unlike ? undefined : this.#snapshot);
    if (signal.aborted) return;
    this.#snapshot = snapshot;
    this.#position = next.position;
    this.#failures = 0;
    this.#unlike = false;
    this.#behindSince = hasReached(next.position, this.#wanted) && !this.#distrusted ? undefined : begun;
    this.#tell();
  }

  #tell(): void {
    try {
      this.#options.onSwap(this.#snapshot);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#options.onFault(asError(error));
  }
}
