import type { Config } from '../config/config.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const NOT_THERE = 'there is no such namespace';
const NOT_SERVED = 'it is not among serve.namespaces, nor above or below one of them';

/**
 * Returns a function that checks each snapshot for namespaces that the configuration names and no request can belong to.
 * It logs each change once.
 */
export function createNamespaceNotes(
  { serve, unmatched }: Pick<Config, 'serve' | 'unmatched'>,
  logger: Logger,
): (snapshot: Pick<Snapshot, 'tree' | 'served'>) => void {
  const named = [
    ...(serve.namespace === undefined ? [] : [{ setting: 'serve.namespace', namespace: serve.namespace }]),
    ...(unmatched === undefined ? [] : [{ setting: 'unmatched', namespace: unmatched }]),
    ...(serve.namespaces ?? []).map((namespace) => ({ setting: 'serve.namespaces', namespace })),
  ];
  const logged = new Map<(typeof named)[number], string>();
  return ({ tree, served }) => {
    for (const each of named) {
      const problem = !tree.nodes.has(each.namespace)
        ? NOT_THERE
        : !served.nodes.has(each.namespace)
          ? NOT_SERVED
          : undefined;
      if (problem === logged.get(each)) continue;
      if (problem === undefined) {
        logged.delete(each);
        logEvent(logger, 'namespace-found', each);
      } else {
        logged.set(each, problem);
        logEvent(logger, 'namespace-missing', { ...each, problem });
      }
    }
  };
}
