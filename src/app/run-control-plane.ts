import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Config } from '../config/config.ts';
import { openLineDestination } from '../observe/line-destination.ts';
import { logEvent } from '../observe/log-event.ts';
import { createLogger } from '../observe/logger.ts';
import { tellFailure, tellParent } from './control-plane-message.ts';
import { catchHangUps } from './hang-ups.ts';
import { startAdmin } from './start-admin.ts';

/** Milliseconds that requests in flight may take after the sidecar is gone. */
const ORPHAN_GRACE_MS = 1000;

/**
 * Runs the control plane as the process that `serve` starts beside itself: until SIGTERM, or until the channel to `serve` closes
 * because that has ended.
 * @param load reads the configuration; its errors are sent to `serve`
 */
export async function runControlPlane(load: () => Config): Promise<void> {
  const hangUps = catchHangUps();
  yieldToChecks();
  // A terminal sends it to `serve` too, which decides when this process ends.
  process.on('SIGINT', () => undefined);
  const terminated = once(process, 'SIGTERM');
  // If `serve` ended while this process started, the event has been and gone.
  const orphaned = (process.connected ? once(process, 'disconnect') : Promise.resolve()).then(() => {
    setTimeout(() => process.exit(1), ORPHAN_GRACE_MS).unref();
  });
  try {
    const config = load();
    const logger = createLogger({
      level: config.log.level,
      to: openLineDestination(1),
      fields: { plane: 'control' },
    });
    const admin = await startAdmin(config, logger);
    hangUps.call(() => admin.reload());
    await tellParent({ type: 'listening', address: admin.address });
    await Promise.race([terminated, orphaned]);
    logEvent(logger, 'stopping', { signal: process.connected ? 'SIGTERM' : 'serve has ended' });
    await admin.stop();
    logEvent(logger, 'stopped', {});
    logger.flush();
  } catch (error) {
    await tellFailure(error);
  }
  if (process.connected) process.disconnect();
}

/** The nice value of the control plane: Checks come first on a busy machine. */
const NICE = 10;
/** Out of memory, the kernel ends the process with this score first. */
const OOM_SCORE = '1000';

/**
 * Lowers the priority of this process below that of the sidecar. On Linux a priority belongs to a thread, and later threads
 * inherit it. If the system refuses, the process serves all the same.
 */
export function yieldToChecks(): void {
  for (const thread of threads()) attempt(() => setPriority(thread, NICE));
  attempt(() => writeFileSync('/proc/self/oom_score_adj', OOM_SCORE));
}

function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [process.pid];
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Such as a thread that has ended meanwhile, or another system than Linux.
  }
}
