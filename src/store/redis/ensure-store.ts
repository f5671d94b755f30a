import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { StoreFormatError, StoreUnavailable } from '../port.ts';
import { RECORD_KINDS } from '../record.ts';
import { STORE_FORMAT } from '../store-format.ts';
import type { KeySpace } from './key-space.ts';
import { defineScript, runScript } from './lua-script.ts';
import { faultCode } from './redis-fault.ts';
import { headCommand, parseRedisHead, type RedisHead } from './redis-head.ts';
import { asTextOrNone } from './replies.ts';

/**
 * Makes the head of a missing store. If two clients try at once, the first wins.
 *
 * KEYS: head, then every key that a store may have. ARGV: format, epoch.
 * Answers with nothing, or with a key that holds data of a store without a head.
 */
const CREATE = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return KEYS[i] end
end
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'epoch', ARGV[2], 'revision', '0')
return false
`);

/**
 * Reads the head of the store, and makes a missing store. Rejects with `StoreUnavailable` if this user may not make one, and
 * with `StoreFormatError` for a store that cannot be used.
 * @param where names the store for messages
 */
export async function ensureStore(redis: Redis, keys: KeySpace, where: string): Promise<RedisHead> {
  const [name, ...args] = headCommand(keys.head);
  const read = () => redis.call(name, ...args);
  if ((await redis.exists(keys.head)) === 0) await createStore(redis, keys, where);
  return parseRedisHead(await read(), where);
}

async function createStore(redis: Redis, keys: KeySpace, where: string): Promise<void> {
  const rest = RECORD_KINDS.flatMap((kind) => [keys.records(kind), keys.ids(kind)]);
  try {
    const leftOver = asTextOrNone(
      await runScript(redis, CREATE, [keys.head, keys.log, ...rest], [STORE_FORMAT, randomUUID()]),
    );
    if (leftOver !== undefined)
      throw new StoreFormatError(
        `${where} holds ${leftOver}, but nothing that says of which store: restore a backup, or choose another prefix`,
      );
  } catch (error) {
    if (faultCode(error) !== 'NOPERM') throw error;
    throw new StoreUnavailable(
      `there is no store in ${where} yet, and this Redis user may not make one: start with the admin's user first`,
    );
  }
}
