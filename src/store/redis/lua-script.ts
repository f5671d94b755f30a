import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { faultCode } from './redis-fault.ts';

/** A script that the server may know already by the SHA-1 of its text. */
export interface LuaScript {
  readonly text: string;
  readonly sha1: string;
}

export function defineScript(text: string): LuaScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** A server that was restarted, or took another's place, has forgotten the text: nothing was done then. */
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
