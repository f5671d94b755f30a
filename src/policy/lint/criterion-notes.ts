import type { Placed } from '../../text/source-node.ts';

export interface Note {
  readonly at: Placed;
  readonly message: string;
  /** The result that the comparison always has. Undefined if it depends on the request. */
  readonly outcome: 'never' | 'always' | undefined;
}

/** The notes of lint on the data of one criterion. */
export class CriterionNotes {
  readonly notes: Note[] = [];

  /** Whether the comparison always has the same result. */
  get isSettled(): boolean {
    return this.notes.some(({ outcome }) => outcome !== undefined);
  }

  get holdsNever(): boolean {
    return this.notes.some(({ outcome }) => outcome === 'never');
  }

  /** No request matches. In a `deny`, that refuses nothing. */
  neverHolds(at: Placed, why: string): void {
    this.#push(at, `never holds: ${why}`, 'never');
  }

  fitsEverything(at: Placed, why: string): void {
    this.#push(at, `matches everything: ${why}`, 'always');
  }

  /** Pomerium decides differently for some requests. */
  differs(at: Placed, how: string): void {
    this.#push(at, `means something else in Pomerium: ${how}`, undefined);
  }

  /** Anything else that the author probably did not intend. */
  warn(at: Placed, message: string): void {
    this.#push(at, message, undefined);
  }

  #push(at: Placed, message: string, outcome: Note['outcome']): void {
    this.notes.push({ at, message, outcome });
  }
}
