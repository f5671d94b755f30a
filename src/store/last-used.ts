import { type Caller, isLive } from '../accounts/caller.ts';
import type { CredentialId } from '../credentials/credential-id.ts';
import type { TelemetryWrites } from './telemetry-writes.ts';
import { createWriteBehind, type WriteBehind } from './write-behind.ts';

export interface LastUsedOptions {
  readonly side: Pick<TelemetryWrites, 'touchLastUsed'>;
  /** Maximum credentials whose times wait to be written; further ones are dropped. */
  readonly limit: number;
  /** Milliseconds between two writes. Default 3000. */
  readonly interval?: number;
  /** Called with the first of consecutive failures. */
  onFault(fault: Error): void;
}

/** Minimum milliseconds between two notes of one credential. */
const PRECISION = 1000;
/** Maximum times per write, so that a write delays nothing else. */
const BATCH = 500;

/** Records when credentials were used, with delayed writes: a crash loses the last seconds. */
export class LastUsed {
  readonly #side: LastUsedOptions['side'];
  readonly #limit: number;
  readonly #behind: WriteBehind;
  #times = new Map<CredentialId, number>();
  #dropped = 0;

  constructor({ side, limit, interval = 3000, onFault }: LastUsedOptions) {
    this.#side = side;
    this.#limit = limit;
    this.#behind = createWriteBehind({
      interval,
      pending: () => this.#times.size > 0,
      write: () => this.#write(),
      onFault,
    });
  }

  /** Uses not recorded because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Called once per Check with a caller. A caller whose credential or account is not live does not count.
   * @param now milliseconds since the epoch
   */
  note(caller: Caller, now: number): void {
    const { id } = caller.credential;
    const noted = this.#times.get(id);
    if (noted !== undefined && now - noted < PRECISION) return;
    if (isLive(caller, now)) this.#keep(id, now);
  }

  /** Writes what is left. */
  close(): Promise<void> {
    return this.#behind.close();
  }

  #keep(id: CredentialId, time: number): void {
    if (this.#times.size < this.#limit || this.#times.has(id)) this.#times.set(id, time);
    else this.#dropped += 1;
    this.#behind.wake();
  }

  async #write(): Promise<void> {
    const times = [...this.#times];
    this.#times = new Map();
    for (let start = 0; start < times.length; start += BATCH) {
      try {
        await this.#side.touchLastUsed(new Map(times.slice(start, start + BATCH)));
      } catch (error) {
        for (const [id, time] of times.slice(start)) if (!this.#times.has(id)) this.#keep(id, time);
        throw error;
      }
    }
  }
}
