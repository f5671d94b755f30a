import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';
import { faultCode } from './redis-fault.ts';
import { sendEach } from './replies.ts';

/** The heartbeat of no process: removing it changes nothing. */
const NO_INSTANCE = 'no-instance';

const MEMORY = 'while sidecars fill the memory nothing can be revoked, and sallyport store repair fails';
/** In the order in which they are tried. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  DEL: MEMORY,
  SCAN: MEMORY,
  XREVRANGE: 'decisions cannot be listed newest first',
};

/** A warning if the admin's Redis user lacks rights; undefined if it has all that it needs. */
export async function warnOfRights(redis: Redis, keys: KeySpace, where: string): Promise<string | undefined> {
  const key = keys.heartbeat(NO_INSTANCE);
  const outcomes = await sendEach(redis, [
    ['DEL', key],
    ['SCAN', '0', 'MATCH', key, 'COUNT', 1],
    ['XREVRANGE', keys.decisions, '+', '-', 'COUNT', 1],
  ]);
  const refused = Object.keys(CONSEQUENCES).filter((_, index) => {
    const outcome = outcomes[index];
    return outcome && 'fault' in outcome && faultCode(outcome.fault) === 'NOPERM';
  });
  if (refused.length === 0) return undefined;
  const consequences = new Set(refused.map((command) => CONSEQUENCES[command]));
  return `Redis at ${where}: the admin's user has no right to ${refused.join(' and ')}: ${[...consequences].join('; ')}; docs/redis.md has its ACL`;
}
