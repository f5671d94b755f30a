// The composition root: this file and src/app/ are all that joins the core to its adapters.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';
import { createRecordFaults } from '../observe/record-faults.ts';
import { storeOf } from '../store/drivers.ts';
import { createCheckParts } from './check-parts.ts';
import { createConfiguredFiles } from './configured-files.ts';
import { type FollowedStore, followStore } from './follow-store.ts';
import type { BesideVerb } from './fork-self.ts';
import { listenForEnvoy, listenForHttp } from './listen.ts';
import { openKeys } from './open-keys.ts';
import { openStore } from './open-store.ts';
import { openPrepared } from './prepare-store.ts';
import { PROGRAM_VERSION } from './program-version.ts';
import { watchReadiness } from './readiness.ts';
import {
  CONTROL_PLANE_MEMORY,
  type SupervisedControlPlane,
  superviseControlPlane,
} from './supervise-control-plane.ts';
import { openTelemetryWriters } from './telemetry-writers.ts';
import { collectGarbage } from './v8-flags.ts';
import { warmUp } from './warm-up.ts';

/** MiB of JavaScript heap. */
const PREPARATION_HEAP = 256;

/** Starts another process of this program with the same configuration; its heap is limited to so many MiB. */
export type StartBeside = (verb: BesideVerb, heapLimit: number) => ChildProcess;

/** A sidecar that answers. */
export interface Sidecar {
  /** Reads the files that the configuration names again, here and in the control plane's process. */
  reload(): Promise<void>;
  /** Turns health, answers for `drain_delay` more, finishes calls in flight, and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts the sidecar. It listens once the keys are loaded and the store was asked. If a shared store is unavailable, the
 * sidecar listens, fails every Check, and serves once the store answers. With the embedded store the control plane runs
 * beside it, in a process of its own.
 */
export async function startSidecar(
  config: Config,
  logger: Logger,
  startBeside: StartBeside,
): Promise<Sidecar> {
  const closing: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const files = createConfiguredFiles(logger);
    closing.push(() => files.close());
    const store = await openPrepared(
      () =>
        openStore(config, {
          access: 'read',
          files,
          onWarning: (warning) => logEvent(logger, 'store-warning', { warning }),
        }),
      config,
      () => startBeside('prepare-store', PREPARATION_HEAP),
      logger,
    );
    closing.push(() => store.close());
    const keys = await openKeys(config, files, logger);
    const writers = openTelemetryWriters(config, store.telemetry, logger);
    closing.push(() => writers.close());
    let followed: FollowedStore | undefined;
    let controlPlane: SupervisedControlPlane | undefined;
    const { controlPlaneBeside } = storeOf(config).capabilities;
    const hasControlPlane = controlPlaneBeside && config.admin.listen !== undefined;
    const metrics = createMetrics({
      store: {
        contact: () => followed?.contact() ?? { up: false, at: undefined },
        writable: () => followed?.replica.state === 'live' && followed.replica.writable,
        maxStalenessMs: config.store.maxStalenessMs,
      },
      fileFaults: () => files.failing.length,
      version: PROGRAM_VERSION,
      logger,
      controlPlaneUp: hasControlPlane ? () => controlPlane?.up === true : undefined,
      droppedLogLines: () => logger.dropped(),
      droppedDecisions: () => writers.decisions?.dropped() ?? 0,
      droppedUses: () => writers.lastUsed.dropped,
    });
    const recordFaults = createRecordFaults(logger, metrics);
    const reading = await followStore(config, store, logger, metrics, recordFaults);
    followed = reading;
    closing.push(() => reading.close());
    // Garbage of the start would count towards the growth limit of the heap.
    collectGarbage();
    await warmUp(config).catch((fault: unknown) => logEvent(logger, 'not-warm', { fault }));
    const parts = createCheckParts(config, reading.replica, keys, (accountId, groups) => {
      metrics.recordGroupsLeftOut();
      logEvent(logger, 'groups-left-out', {
        account_id: accountId,
        groups,
        max_bytes: config.assertion.maxBytes,
      });
    });
    const server = await listenForEnvoy(config, parts, files, logger, metrics, writers);
    closing.push(() => server.close());
    const readiness = watchReadiness(config, reading, server, logger, metrics);
    closing.push(() => readiness.close());
    if (config.http.listen) {
      const http = await listenForHttp(
        config.http.listen,
        readiness,
        keys,
        files,
        logger,
        metrics,
        recordFaults,
      );
      closing.push(() => http.close());
    }
    if (hasControlPlane)
      controlPlane = superviseControlPlane(
        () => startBeside('control-plane', CONTROL_PLANE_MEMORY.heap),
        logger,
      );
    return {
      async reload() {
        controlPlane?.reload();
        await files.reload();
      },
      async stop() {
        const { drainDelayMs, shutdownGraceMs } = config;
        readiness.stop();
        await Promise.all([
          delay(drainDelayMs).then(() => server.drain(shutdownGraceMs)),
          // It waits as long by itself.
          controlPlane?.stop(drainDelayMs + shutdownGraceMs),
        ]);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
