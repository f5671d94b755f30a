// The composition root: this file and src/app/ are all that joins the core to its adapters.
import { createCheckParts } from './app/check-parts.ts';
import { followStore } from './app/follow-store.ts';
import { boundHeapGrowth } from './app/heap-growth.ts';
import { listenForEnvoy, listenForHttp } from './app/listen.ts';
import { openKeys } from './app/open-keys.ts';
import { openServedStore } from './app/open-store.ts';
import { watchReadiness } from './app/readiness.ts';
import { openSideWriters } from './app/side-writers.ts';
import { warmUp } from './app/warm-up.ts';
import type { Config } from './config/config.ts';
import { logEvent } from './observe/log-event.ts';
import type { Logger } from './observe/logger.ts';
import { createMetrics } from './observe/metrics.ts';
import { createRecordFaults } from './observe/record-faults.ts';

/** A sidecar that answers. */
export interface Sidecar {
  /** Turns health, finishes calls in flight, and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts the sidecar: nothing listens before the keys are loaded, and the store was asked. A shared store that is out of
 * reach stops nothing: the sidecar listens, fails every Check, and serves once the store is there.
 */
export async function startSidecar(config: Config, logger: Logger): Promise<Sidecar> {
  const closing: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const keys = await openKeys(config, logger);
    closing.push(() => keys.close());
    const store = await openServedStore(config, (warning) => logEvent(logger, 'store-warning', { warning }));
    closing.push(() => store.close());
    const writers = openSideWriters(config, store.side, logger);
    closing.push(() => writers.close());
    const metrics = createMetrics({
      droppedLogLines: () => logger.dropped(),
      droppedDecisions: () => writers.decisions?.dropped() ?? 0,
      droppedUses: () => writers.lastUsed.dropped,
    });
    const recordFaults = createRecordFaults(logger, metrics);
    const followed = await followStore(config, store, logger, metrics, recordFaults);
    closing.push(() => followed.close());
    const growth = boundHeapGrowth(() => followed.recordsKept);
    closing.push(() => growth.close());

    await warmUp(config).catch((fault: unknown) => logEvent(logger, 'not-warm', { fault }));
    const parts = createCheckParts(config, followed, keys);
    const server = await listenForEnvoy(config, parts, logger, metrics, writers);
    closing.push(() => server.close());
    const readiness = watchReadiness(config, followed, server, logger, metrics);
    closing.push(() => readiness.close());
    if (config.admin.listen) {
      // A store that machines share has its admin machine; this one's own is managed here. Loaded only then: it is large.
      const admin = config.store.redis
        ? undefined
        : (await import('./app/open-admin.ts')).openAdmin(config, store, keys.verification, logger);
      const { listen } = config.admin;
      const http = await listenForHttp(listen, readiness, keys, logger, metrics, recordFaults, admin);
      closing.push(() => http.close());
    }
    return {
      async stop() {
        readiness.close();
        await server.drain(config.shutdownGraceMs);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
