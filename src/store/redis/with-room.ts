import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';
import { faultCode } from './redis-fault.ts';
import { dropDecisions, dropHeartbeats } from './telemetry.ts';

/**
 * Runs work that needs memory. If the memory of Redis is full, removes decisions and heartbeats and retries once, so that a
 * sidecar that fills it cannot prevent a revocation. Rejects with the first error if they cannot be removed.
 * @param onFreed called before the second attempt
 */
export async function withRoom<T>(
  redis: Redis,
  keys: KeySpace,
  work: () => Promise<T>,
  onFreed: () => void,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (faultCode(error) !== 'OOM') throw error;
    try {
      await dropDecisions(redis, keys);
      await dropHeartbeats(redis, keys);
    } catch {
      throw error;
    }
    onFreed();
    return work();
  }
}
