import type { CheckRequest } from '../check/check-request.ts';
import type { Decision } from '../check/decision.ts';
import { type PolicyInputSettings, requestAddress } from '../check/policy-input.ts';
import type { DecisionStream } from './decision-stream.ts';
import { formatDecision } from './format-decision.ts';
import type { Logger } from './logger.ts';

/** @param durationMs how long the decision took, milliseconds */
export type LogDecision = (decision: Decision, request: CheckRequest, durationMs: number) => void;

/**
 * Writes one JSON line per decision, at level info, and the same line to the stream of the store.
 * @param sourceIp which address to log: the one that policies use
 */
export function createDecisionLog(
  logger: Logger,
  which: 'all' | 'denied' | 'none',
  sourceIp: PolicyInputSettings['sourceIp'] = 'peer',
  stream?: DecisionStream,
): LogDecision {
  const logs = which !== 'none' && logger.pino.isLevelEnabled('info');
  if (!logs && !stream) return () => undefined;
  const { destination } = logger;
  return (decision, request, durationMs) => {
    const isLogged = logs && (which === 'all' || decision.verdict === 'deny');
    const isStored = stream?.takes(decision.verdict);
    if (!isLogged && !isStored) return;
    const line = formatDecision(decision, request, requestAddress(request, sourceIp), durationMs);
    if (isLogged) destination.write(`${line}\n`);
    if (isStored) stream?.add(line);
  };
}
