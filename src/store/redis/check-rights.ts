import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';
import { faultCode } from './redis-fault.ts';
import { sendEach } from './replies.ts';

/** The heartbeat of no process: removing it changes nothing. */
const NO_INSTANCE = 'no-instance';

/** A warning if the admin's Redis user lacks rights; undefined if it has all that it needs. */
export async function warnOfRights(redis: Redis, keys: KeySpace, where: string): Promise<string | undefined> {
  const key = keys.heartbeat(NO_INSTANCE);
  const outcomes = await sendEach(redis, [
    ['DEL', key],
    ['SCAN', '0', 'MATCH', key, 'COUNT', 1],
  ]);
  const refused = ['DEL', 'SCAN'].filter((_, index) => {
    const outcome = outcomes[index];
    return outcome && 'fault' in outcome && faultCode(outcome.fault) === 'NOPERM';
  });
  if (refused.length === 0) return undefined;
  return `Redis at ${where}: the admin's user has no right to ${refused.join(' and ')}: while sidecars fill the memory nothing can be revoked, and sallyport store repair fails; docs/redis.md has its ACL`;
}
