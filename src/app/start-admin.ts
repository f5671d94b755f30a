import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { startHttpServer } from '../http/http-server.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { createProcessMetrics } from '../observe/process-metrics.ts';
import { watchCredentials } from '../operations/watch-credentials.ts';
import { createConfiguredFiles, watchListenerTls } from './configured-files.ts';
import { listenAs } from './listen-fault.ts';
import { openAdmin } from './open-admin.ts';
import { openAdminKeys } from './open-keys.ts';
import { openStore } from './open-store.ts';
import { PROGRAM_VERSION } from './program-version.ts';
import { watchStore } from './store-contact.ts';

/** The admin API in a process of its own. */
export interface AdminServer {
  /** `127.0.0.1:9193`, with the port that was given for 0, or `unix:` and a path. */
  readonly address: string;
  /** Reads the files that the configuration names again. */
  reload(): Promise<void>;
  /** Turns unready, answers for `drain_delay` more, finishes requests in flight, and closes everything. */
  stop(): Promise<void>;
}

/** Starts it. Rejects if `admin.listen` is off. */
export async function startAdmin(config: Config, logger: Logger): Promise<AdminServer> {
  const { listen } = config.admin;
  if (!listen)
    throw new ConfigError([
      {
        path: 'admin.listen',
        message: 'expected an address: admin serves nothing else',
        source: config.file ?? 'default',
      },
    ]);
  let stopping = false;
  const closing: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const files = createConfiguredFiles(logger);
    closing.push(() => files.close());
    const keys = await openAdminKeys(config, files, logger);
    const store = await openStore(config, {
      access: 'write',
      files,
      onWarning: (warning) => logEvent(logger, 'store-warning', { warning }),
    });
    closing.push(() => store.close());
    const watched = watchStore(store, logger);
    closing.push(() => watched.close());
    const credentials = watchCredentials({
      store,
      now: Date.now,
      onFault: (fault) => logEvent(logger, 'store-fault', { fault }),
    });
    closing.push(() => credentials.close());
    const content = {
      ready: () => (stopping ? 'the server is stopping' : watched.ready()),
      metrics: createProcessMetrics({
        version: PROGRAM_VERSION,
        logger,
        credentials: credentials.counts,
        contact: () => watched.contact(),
        fileFaults: () => files.failing.length,
      }),
      onFault: (fault: unknown) => logEvent(logger, 'http-fault', { fault }),
    };
    const admin = openAdmin(config, store, keys, logger);
    const named = [{ setting: 'admin.listen', address: listen.address }];
    const tls = listen.tls && (await watchListenerTls('admin.listen', listen.tls, files));
    const http = await listenAs(named, () => startHttpServer({ ...listen, tls }, content, admin));
    closing.push(() => http.close());
    logEvent(logger, 'listening', { listener: 'admin', address: http.address });
    return {
      address: http.address,
      reload: () => files.reload(),
      async stop() {
        stopping = true;
        await delay(config.drainDelayMs);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
