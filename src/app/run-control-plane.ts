import { once } from 'node:events';
import type { Config } from '../config/config.ts';
import { openLineDestination } from '../observe/line-destination.ts';
import { logEvent } from '../observe/log-event.ts';
import { createLogger } from '../observe/logger.ts';
import { tellFailure, tellParent } from './control-plane-message.ts';
import { catchHangUps } from './hang-ups.ts';
import { startAdmin } from './start-admin.ts';
import { yieldToChecks } from './yield-to-checks.ts';

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
  const orphaned = once(process, 'disconnect').then(() => {
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
