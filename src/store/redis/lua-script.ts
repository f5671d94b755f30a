import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { faultCode } from './redis-fault.ts';

/** A script, with the SHA-1 by which a server may know it. */
export interface LuaScript {
  readonly text: string;
  readonly sha1: string;
}

export function defineScript(text: string): LuaScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** A server that was restarted or failed over to does not know the script. It has done nothing then. */
export async function runScript(
  redis: Redis,
  { text, sha1 }: LuaScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args.map(String)];
  try {
    return await redis.call('EVALSHA', sha1, ...rest);
  } catch (error) {
    if (faultCode(error) !== 'NOSCRIPT') throw error;
    return await redis.call('EVAL', text, ...rest);
  }
}
