import { type StorePosition, StoreUnavailable } from '../port.ts';
import type { RedisHead } from './redis-head.ts';

const MAX_KNOWN = 64;

/**
 * Names of the commits that this process was told of last. After a failover a commit that never reached the new primary
 * may have a namesake there, of the same history and revision: only the name tells that the two parted.
 */
export class KnownCommits {
  readonly #names = new Map<string, string>();

  note({ epoch, revision }: StorePosition, commit: string): void {
    const place = `${epoch}/${revision}`;
    this.#names.delete(place);
    this.#names.set(place, commit);
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= MAX_KNOWN) return;
      this.#names.delete(oldest);
    }
  }

  /** Undefined where it isn't known; empty for the beginning of a history. */
  nameAt({ epoch, revision }: StorePosition): string | undefined {
    return revision === 0 ? '' : this.#names.get(`${epoch}/${revision}`);
  }

  /** Throws `StoreUnavailable` for a head of a history that parted from the one that was told before. */
  check({ position, commit }: RedisHead): void {
    const known = this.nameAt(position);
    if (known === undefined || known === commit) this.note(position, commit);
    else
      throw new StoreUnavailable(
        `the store answered with another commit ${position.revision} than before: it lost some in a failover`,
      );
  }

  /** What was told before is no measure any more. */
  restart({ position, commit }: RedisHead): void {
    this.#names.clear();
    this.note(position, commit);
  }
}
