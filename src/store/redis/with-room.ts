import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';
import { faultCode } from './redis-fault.ts';
import { dropDecisions, dropHeartbeats } from './telemetry.ts';

/**
 * Does work that needs memory. If Redis has none left, removes decisions and heartbeats and tries once more: a sidecar that
 * fills the memory must not keep an operator from revoking. Rejects with the first error if they can't be removed.
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
