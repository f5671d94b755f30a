import { hostname, userInfo } from 'node:os';
import { catchHangUps } from './app/hang-ups.ts';
import { PROGRAM_VERSION } from './app/program-version.ts';
import { followParent, hasV8Flags, runWithV8Flags } from './app/v8-flags.ts';
import { COMPLETE } from './cli/complete.ts';
import { runCli } from './cli/run-cli.ts';
import type { Config } from './config/config.ts';
import type { Logger } from './observe/logger.ts';
import { storeOf } from './store/drivers.ts';

/** Serves until SIGTERM or SIGINT, then finishes what is in flight. A second signal ends it at once. */
async function run(
  config: Config,
  start: (config: Config, logger: Logger) => Promise<{ reload(): Promise<void>; stop(): Promise<void> }>,
): Promise<void> {
  const hangUps = catchHangUps();
  const { createLogger } = await import('./observe/logger.ts');
  const { logEvent } = await import('./observe/log-event.ts');
  const logger = createLogger({ level: config.log.level });
  logEvent(logger, 'starting', {
    version: PROGRAM_VERSION,
    ...(config.file !== undefined && { file: config.file }),
  });
  const stopped = untilStopped();
  const started = await start(config, logger);
  hangUps.call(() => started.reload());
  logEvent(logger, 'stopping', { signal: await stopped });
  await started.stop();
  logEvent(logger, 'stopped', { dropped_lines: logger.dropped() });
  logger.flush();
}

function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/** The exit code of a program whose reader has gone, as shells have it: 128 and the number of SIGPIPE. */
const CLOSED_PIPE = 141;

/**
 * Ends the program, with no word, once what reads its output has gone (`| head`). What must not be left half done is finished first.
 * @returns what does such work
 */
function endOnClosedPipe(): <T>(work: () => Promise<T>) => Promise<T> {
  let unfinished = 0;
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (unfinished === 0) process.exit(CLOSED_PIPE);
  });
  return async (work) => {
    unfinished += 1;
    try {
      return await work();
    } finally {
      unfinished -= 1;
    }
  };
}

/** A container's user may have a number and no name. */
function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

const SERVERS: readonly (string | undefined)[] = ['serve', 'admin'];

async function main(): Promise<number> {
  if (!SERVERS.includes(process.argv[2])) return runProgram();
  if (!hasV8Flags()) return runWithV8Flags();
  followParent();
  return runProgram();
}

const runProgram = () =>
  runCli(
    process.argv.slice(2),
    {
      env: process.env,
      cwd: process.cwd(),
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      // Each verb loads what it needs: the command line starts in half the time.
      async openStore(config, access = 'write') {
        storeOf(config).refuseMissing();
        return (await import('./app/open-store.ts')).openStore(config, { access });
      },
      createStore: async (config) => (await import('./app/prepare-store.ts')).createStoreAndKey(config),
      openBackup: (config) => storeOf(config).openBackup(Date.now()),
      restoreStore: (config, backup) => storeOf(config).restore(backup),
      openIssuing: async (config) => (await import('./app/open-keys.ts')).openIssuing(config),
      openExplaining: async (config, store) =>
        (await import('./app/open-explaining.ts')).openExplaining(config, store),
      openAcceptance: (config) => storeOf(config).openAcceptance(),
      openRepair: (config) => storeOf(config).openRepair(),
      async serve(config, named) {
        const { startSidecar } = await import('./app/serve.ts');
        const { forkSelf } = await import('./app/fork-self.ts');
        await run(config, (config, logger) =>
          startSidecar(config, logger, (verb, heapLimit) => forkSelf(verb, named, heapLimit)),
        );
      },
      serveAdmin: async (config) => run(config, (await import('./app/start-admin.ts')).startAdmin),
      controlPlane: async (load) => (await import('./app/run-control-plane.ts')).runControlPlane(load),
      prepareStore: async (load) => (await import('./app/prepare-store.ts')).prepareStore(load),
      uninterrupted: endOnClosedPipe(),
      clock: Date.now,
      user: operatingSystemUser(),
      host: hostname(),
    },
    PROGRAM_VERSION,
  );

process.exitCode = await main();
// A store or server that has not answered in time is not waited for.
if (process.argv[2] === COMPLETE) process.exit();
