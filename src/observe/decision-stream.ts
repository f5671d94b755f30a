import type { Decision } from '../check/decision.ts';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';
import { createWriteBehind } from '../store/write-behind.ts';

/** Writes decisions to the store's stream in the background. Checks do not wait for it. */
export interface DecisionStream {
  /** Whether the decision is to be stored; if so, call `add`. */
  takes(verdict: Decision['verdict']): boolean;
  /** @param line JSON without a line break */
  add(line: string): void;
  /** Decisions not stored because too many waited. */
  dropped(): number;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface DecisionStreamOptions {
  readonly side: Pick<TelemetryWrites, 'appendDecisions'>;
  /** The part of the allowing decisions to store, from 0 to 1; denials are always stored. */
  readonly sample: number;
  /** Milliseconds between two writes. Default 1000. */
  readonly interval?: number;
  /** Called with the first of consecutive failures. */
  onFault(fault: Error): void;
}

/** Maximum waiting lines. With the interval it limits the cost of storing decisions. */
const CAPACITY = 500;
/** Beyond this only denials are taken: a flood of allowed requests hides none. */
const CAPACITY_FOR_ALLOWS = 400;
/** Maximum lines per write, so that a write delays nothing else. */
const BATCH = 125;

export function createDecisionStream({
  side,
  sample,
  interval = 1000,
  onFault,
}: DecisionStreamOptions): DecisionStream {
  let waiting: string[] = [];
  let dropped = 0;

  const write = async () => {
    const lines = waiting;
    waiting = [];
    for (let start = 0; start < lines.length; start += BATCH) {
      try {
        await side.appendDecisions(lines.slice(start, start + BATCH));
      } catch (error) {
        const all = [...lines.slice(start), ...waiting];
        waiting = all.slice(0, CAPACITY);
        dropped += all.length - waiting.length;
        throw error;
      }
    }
  };
  const behind = createWriteBehind({ interval, pending: () => waiting.length > 0, write, onFault });

  return {
    takes(verdict) {
      if (verdict === 'allow' && sample < 1 && Math.random() >= sample) return false;
      if (waiting.length < (verdict === 'allow' ? CAPACITY_FOR_ALLOWS : CAPACITY)) return true;
      dropped += 1;
      return false;
    },
    add(line) {
      waiting.push(line);
      behind.wake();
    },
    dropped: () => dropped,
    async close() {
      await behind.close();
      dropped += waiting.length;
      waiting = [];
    },
  };
}
