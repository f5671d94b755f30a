import type { Config } from '../config/config.ts';
import { createDecisionStream, type DecisionStream } from '../observe/decision-stream.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { LastUsed } from '../store/last-used.ts';
import type { TelemetryWrites } from '../store/telemetry-writes.ts';

/** What a sidecar writes beside its decisions. Checks do not wait for it. */
export interface TelemetryWriters {
  readonly lastUsed: LastUsed;
  /** Undefined if none are kept. */
  readonly decisions: DecisionStream | undefined;
  /** Writes what is left. */
  close(): Promise<void>;
}

export function openTelemetryWriters(
  { cache, decisions: { sample, keep } }: Config,
  side: TelemetryWrites,
  logger: Logger,
): TelemetryWriters {
  const onFault = (what: 'last-used' | 'decisions') => (fault: Error) =>
    logEvent(logger, 'side-write-fault', { what, fault });
  const lastUsed = new LastUsed({ side, limit: cache.credentials, onFault: onFault('last-used') });
  const decisions =
    keep > 0 ? createDecisionStream({ side, sample, onFault: onFault('decisions') }) : undefined;
  return {
    lastUsed,
    decisions,
    async close() {
      await Promise.all([lastUsed.close(), decisions?.close()]);
    },
  };
}
