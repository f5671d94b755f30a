import type { RecordedDecision } from './recorded-decision.ts';
import type { Trial, TriedVerdict } from './try-policies.ts';

/** Requests alike, and how many of them there were. */
interface RequestCount {
  readonly count: number;
  readonly account_id?: string;
  readonly user_id?: string;
  readonly namespace?: string;
  readonly route?: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** What was decided when the last of them was recorded, and which that was. */
  readonly recorded: 'allow' | 'deny';
  readonly last_time: string;
  readonly last_request_id?: string;
}

export interface TurnedCount extends RequestCount {
  readonly before: TriedVerdict;
  readonly after: TriedVerdict;
}

export interface OpenCount extends RequestCount {
  /** What would have to be known. */
  readonly missing: readonly string[];
}

/** Paths are callers' to choose: past this many that differ, the rest count under one. */
const MAX_LISTED = 10_000;

/** Adds up what became of recorded decisions. */
export class TrialCounts {
  readonly #turned = new Map<string, TurnedCount>();
  readonly #open = new Map<string, OpenCount>();
  #decisions = 0;
  #untouched = 0;
  #same = 0;
  #others = 0;

  /** A line that is no decision. */
  addOther(): void {
    this.#others++;
  }

  add(recorded: RecordedDecision, trial: Trial): void {
    this.#decisions++;
    switch (trial.outcome) {
      case 'untouched':
        this.#untouched++;
        break;
      case 'same':
        this.#same++;
        break;
      case 'turned':
        count(this.#turned, recorded, { before: trial.before, after: trial.after });
        break;
      case 'unknown':
        count(this.#open, recorded, { missing: trial.missing });
        break;
      default:
        trial satisfies never;
    }
  }

  /** As `-o json` prints it. */
  describe() {
    return {
      decisions: this.#decisions,
      untouched: this.#untouched,
      same: this.#same,
      turned: mostFirst(this.#turned),
      cannot_tell: mostFirst(this.#open),
      lines_without_decision: this.#others,
    };
  }
}

function count<Came extends object>(
  counts: Map<string, RequestCount & Came>,
  recorded: RecordedDecision,
  came: Came,
): void {
  const { account_id, user_id, namespace, route, method, host, path, verdict, time, request_id } = recorded;
  const own = JSON.stringify([came, account_id, namespace, route, method, host, path]);
  const isListed = counts.has(own) || counts.size < MAX_LISTED;
  const key = isListed ? own : JSON.stringify(came);
  counts.set(key, {
    count: (counts.get(key)?.count ?? 0) + 1,
    ...came,
    ...(account_id !== undefined && isListed && { account_id }),
    ...(user_id !== undefined && isListed && { user_id }),
    ...(namespace !== undefined && isListed && { namespace }),
    ...(route !== undefined && isListed && { route }),
    method: isListed ? method : '*',
    host: isListed ? host : '*',
    path: isListed ? path : '',
    recorded: verdict,
    last_time: time,
    ...(request_id !== undefined && { last_request_id: request_id }),
  });
}

function mostFirst<Count extends RequestCount>(counts: ReadonlyMap<string, Count>): Count[] {
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
