import type { Placed } from '../../text/source-node.ts';

export interface Note {
  readonly at: Placed;
  readonly message: string;
  /** What the comparison always comes to; undefined if the note says nothing about that. */
  readonly outcome: 'never' | 'always' | undefined;
}

/** What lint says of the data of one criterion. */
export class CriterionNotes {
  readonly notes: Note[] = [];

  /** Whether it is known what the comparison always comes to. */
  get isSettled(): boolean {
    return this.notes.some(({ outcome }) => outcome !== undefined);
  }

  get holdsNever(): boolean {
    return this.notes.some(({ outcome }) => outcome === 'never');
  }

  /** No request fits: in a `deny`, that is a hole. */
  neverHolds(at: Placed, why: string): void {
    this.#push(at, `never holds: ${why}`, 'never');
  }

  /** Whatever is compared with it fits. */
  fitsEverything(at: Placed, why: string): void {
    this.#push(at, `fits everything: ${why}`, 'always');
  }

  /** Pomerium decides otherwise for some request. */
  differs(at: Placed, how: string): void {
    this.#push(at, `means something else in Pomerium: ${how}`, undefined);
  }

  /** Anything else that the author hardly meant. */
  warn(at: Placed, message: string): void {
    this.#push(at, message, undefined);
  }

  #push(at: Placed, message: string, outcome: Note['outcome']): void {
    this.notes.push({ at, message, outcome });
  }
}
