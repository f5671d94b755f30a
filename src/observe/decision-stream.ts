import type { Decision } from '../check/decision.ts';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';
import { createWriteBehind } from '../store/write-behind.ts';

/** Decisions on their way into the store's stream. A Check never waits for it. */
export interface DecisionStream {
  /** Whether the decision is to be stored: where it is, `add` its line. */
  takes(verdict: Decision['verdict']): boolean;
  /** @param line JSON without a line break */
  add(line: string): void;
  /** How many were to be stored, and were not because too many waited. */
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
  /** Told of the first failed write in a row. */
  onFault(fault: Error): void;
}

/** Lines that wait. With the interval it bounds what storing decisions costs, however many are made. */
const CAPACITY = 500;
/** Beyond this only denials are taken: a flood of allowed requests hides none. */
const CAPACITY_FOR_ALLOWS = 400;
/** Of one write, so that it holds nobody up. */
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
