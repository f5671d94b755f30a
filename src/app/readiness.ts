import type { Config } from '../config/config.ts';
import type { EnvoyServer } from '../envoy/grpc-server.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { freshness } from './check-parts.ts';
import type { FollowedStore } from './follow-store.ts';
import { createContactLog, timeLeft, toSeconds } from './store-contact.ts';

/** Whether the sidecar decides. */
export interface Readiness {
  /** True, or why not. */
  ready(): true | string;
  /** While it decides from memory alone, for how long it still does. */
  degraded(): string | undefined;
  /** Not ready from now on: the sidecar is stopping. */
  stop(): void;
  close(): void;
}

const READINESS_INTERVAL_MS = 100;

/** Health follows the store: SERVING as long as what memory holds may still be true. */
export function watchReadiness(
  config: Config,
  { replica, contact }: FollowedStore,
  server: EnvoyServer,
  logger: Logger,
  metrics: Metrics,
): Readiness {
  let serving = false;
  let logged: string | undefined;
  let stopping = false;
  const ready = (): true | string => {
    if (stopping) return 'the sidecar is stopping';
    return freshness(replica, config.store.maxStalenessMs);
  };
  /** With the reason, which is for the log alone. */
  const describeLoss = (state: string): string => {
    const { up, problem } = contact();
    return replica.awaiting !== undefined || up || problem === '' ? state : `${state}: ${problem}`;
  };
  const { maxStalenessMs } = config.store;
  const noteContact = createContactLog(logger, maxStalenessMs);
  const look = () => {
    if (replica.awaiting === undefined) noteContact(contact());
    const state = ready();
    if ((state === true) === serving && (serving || logged !== undefined)) return;
    logged = state === true ? undefined : state;
    serving = state === true;
    server.setServing(serving);
    metrics.setServing(serving);
    if (state === true) logEvent(logger, 'serving', { revision: replica.position.revision });
    else logEvent(logger, 'not-serving', { problem: describeLoss(state) });
  };
  for (const address of server.addresses) logEvent(logger, 'listening', { listener: 'ext_authz', address });
  look();
  const timer = setInterval(look, READINESS_INTERVAL_MS);
  return {
    ready,
    degraded() {
      const { up, at } = contact();
      if (up || at === undefined) return undefined;
      const away = toSeconds(performance.now() - at);
      return `no contact with the store for ${away} s: Checks fail in ${toSeconds(timeLeft(at, maxStalenessMs))} s`;
    },
    stop() {
      stopping = true;
      clearInterval(timer);
      server.stopServing();
      metrics.setServing(false);
    },
    close: () => clearInterval(timer),
  };
}
