import type { RecordProblem } from '../snapshot/record-problem.ts';
import { logEvent } from './log-event.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Reports stored policies, routes and namespaces that cannot be used. */
export interface RecordFaults {
  /** Logs changes, and counts. */
  note(faults: readonly RecordProblem[]): void;
  /** Each as its kind and id. */
  readonly current: readonly string[];
}

const KINDS = ['namespace', 'policy', 'route'] as const satisfies RecordProblem['kind'][];

export function createRecordFaults(logger: Logger, metrics: Pick<Metrics, 'setRecordFaults'>): RecordFaults {
  let known = new Map<string, RecordProblem>();
  return {
    note(faults) {
      const next = new Map(faults.map((fault) => [`${fault.kind} ${fault.id}`, fault]));
      for (const [name, fault] of next)
        if (known.get(name)?.problem !== fault.problem) logFault(logger, fault);
      for (const [name, fault] of known) if (!next.has(name)) logMended(logger, fault);
      known = next;
      for (const kind of KINDS)
        metrics.setRecordFaults(kind, faults.filter((fault) => fault.kind === kind).length);
    },
    get current() {
      return [...known.keys()];
    },
  };
}

function logFault(logger: Logger, { kind, id, problem }: RecordProblem): void {
  if (kind === 'namespace') logEvent(logger, 'namespace-fault', { namespace: id, problem });
  else if (kind === 'policy') logEvent(logger, 'policy-fault', { policy: id, problem });
  else logEvent(logger, 'route-fault', { route: id, problem });
}

function logMended(logger: Logger, { kind, id }: RecordProblem): void {
  if (kind === 'namespace') logEvent(logger, 'namespace-mended', { namespace: id });
  else if (kind === 'policy') logEvent(logger, 'policy-mended', { policy: id });
  else logEvent(logger, 'route-mended', { route: id });
}
