import type { PolicyProblem } from '../check/picture.ts';
import { logEvent } from './log-event.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** The policies that can't be used: all else is decided as ever, so that they are told rather than stop anything. */
export interface PolicyFaults {
  /** Logs what was not so before, and counts. */
  note(faults: readonly PolicyProblem[]): void;
  /** Ids. */
  readonly current: readonly string[];
}

export function createPolicyFaults(logger: Logger, metrics: Pick<Metrics, 'setPolicyFaults'>): PolicyFaults {
  let known = new Map<string, string>();
  return {
    note(faults) {
      const next = new Map(faults.map(({ policy, problem }) => [policy, problem]));
      for (const [policy, problem] of next)
        if (known.get(policy) !== problem) logEvent(logger, 'policy-fault', { policy, problem });
      for (const policy of known.keys()) if (!next.has(policy)) logEvent(logger, 'policy-mended', { policy });
      known = next;
      metrics.setPolicyFaults(next.size);
    },
    get current() {
      return [...known.keys()];
    },
  };
}
