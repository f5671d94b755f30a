import { readFileSync } from 'node:fs';
import {
  openExplaining,
  openIssuing,
  openStore,
  openStoreSnapshot,
  restoreBackup,
  startSidecar,
} from './app.ts';
import { runCli } from './cli/run-cli.ts';
import type { Config } from './config/config.ts';
import { logEvent } from './observe/log-event.ts';
import { createLogger } from './observe/logger.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Serves until SIGTERM or SIGINT, then finishes what is in flight. A second signal ends it at once. */
async function serve(config: Config): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  logEvent(logger, 'starting', { version, ...(config.file !== undefined && { file: config.file }) });
  const stopped = untilStopped();
  const sidecar = await startSidecar(config, logger);
  logEvent(logger, 'stopping', { signal: await stopped });
  await sidecar.stop();
  logEvent(logger, 'stopped', { dropped_lines: logger.dropped() });
  logger.flush();
}

function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    openStore,
    openIssuing,
    openExplaining,
    openSnapshot: openStoreSnapshot,
    restoreStore: restoreBackup,
    serve,
    clock: Date.now,
  },
  version,
);
