import type { RecordedDecision } from './recorded-decision-schema.ts';
import type { Trial, TriedVerdict } from './try-policies.ts';

/** Equal requests and their number. */
interface RequestCount {
  readonly count: number;
  readonly account_id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly namespace?: string | undefined;
  readonly route?: string | undefined;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** The decision, time and id of the last of them. */
  readonly recorded: 'allow' | 'deny';
  readonly last_time: string;
  readonly last_request_id?: string | undefined;
}

export interface TurnedCount extends RequestCount {
  readonly before: TriedVerdict;
  readonly after: TriedVerdict;
}

export interface OpenCount extends RequestCount {
  /** The unknown parts of the request. */
  readonly missing: readonly string[];
}

/** Requests that are counted separately. Callers choose the paths, so further ones are counted together. */
const MAX_LISTED = 10_000;

export interface TrialDescription {
  readonly decisions: number;
  readonly untouched: number;
  readonly same: number;
  /** The most frequent first. */
  readonly turned: readonly TurnedCount[];
  readonly cannot_tell: readonly OpenCount[];
  readonly lines_without_decision: number;
}

/** Counts the results of recorded decisions. */
export class TrialCounts {
  readonly #turned = new Map<string, TurnedCount>();
  readonly #open = new Map<string, OpenCount>();
  #decisions = 0;
  #untouched = 0;
  #same = 0;
  #others = 0;

  /** Counts a line that is not a decision. */
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

  /** Adds the counts of another part of the decisions. */
  addDescribed(described: TrialDescription): void {
    this.#decisions += described.decisions;
    this.#untouched += described.untouched;
    this.#same += described.same;
    this.#others += described.lines_without_decision;
    for (const each of described.turned)
      addCount(this.#turned, each, { before: each.before, after: each.after });
    for (const each of described.cannot_tell) addCount(this.#open, each, { missing: each.missing });
  }

  /** As `-o json` prints it. */
  describe(): TrialDescription {
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
  { verdict, time, request_id, ...request }: RecordedDecision,
  came: Came,
): void {
  const last = { recorded: verdict, last_time: time, last_request_id: request_id };
  addCount(counts, { ...request, ...last, count: 1 }, came);
}

function addCount<Came extends object>(
  counts: Map<string, RequestCount & Came>,
  added: RequestCount,
  came: Came,
): void {
  const { account_id, user_id, namespace, route, method, host, path } = added;
  const { recorded, last_time, last_request_id } = added;
  const own = JSON.stringify([came, account_id, namespace, route, method, host, path]);
  const isListed = counts.has(own) || counts.size < MAX_LISTED;
  const key = isListed ? own : JSON.stringify(came);
  counts.set(key, {
    count: (counts.get(key)?.count ?? 0) + added.count,
    ...came,
    ...(account_id !== undefined && isListed && { account_id }),
    ...(user_id !== undefined && isListed && { user_id }),
    ...(namespace !== undefined && isListed && { namespace }),
    ...(route !== undefined && isListed && { route }),
    method: isListed ? method : '*',
    host: isListed ? host : '*',
    path: isListed ? path : '',
    recorded,
    last_time,
    ...(last_request_id !== undefined && { last_request_id }),
  });
}

/** Equal counts are sorted by their key, so that the order is stable. */
function mostFirst<Count extends RequestCount>(counts: ReadonlyMap<string, Count>): Count[] {
  return [...counts]
    .sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
    .map(([, count]) => count);
}
