import { type StorePosition, StoreUnavailable } from '../port.ts';
import type { RedisHead } from './redis-head.ts';

const MAX_KNOWN = 64;

/**
 * Names of the last commits that this process has seen. After a failover the new primary may give the revision of a lost
 * commit to another one, in the same history. Only the name tells the two apart.
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

  /** Undefined if unknown; empty for the start of a history. */
  nameAt({ epoch, revision }: StorePosition): string | undefined {
    return revision === 0 ? '' : this.#names.get(`${epoch}/${revision}`);
  }

  /** Throws `StoreUnavailable` if the history of the head diverged from the one seen before. */
  check({ position, commit }: RedisHead): void {
    const known = this.nameAt(position);
    if (known === undefined || known === commit) this.note(position, commit);
    else
      throw new StoreUnavailable(
        `the store answered with another commit ${position.revision} than before: it lost some in a failover`,
      );
  }

  /** Forgets all names but that of this head. */
  restart({ position, commit }: RedisHead): void {
    this.#names.clear();
    this.note(position, commit);
  }
}
