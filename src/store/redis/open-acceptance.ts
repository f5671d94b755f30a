import { createAcceptedEpoch } from '../epoch.ts';
import { StoreFormatError, type StorePosition, StoreUnavailable } from '../port.ts';
import type { Acceptance } from '../store-driver.ts';
import { STORE_FORMAT } from '../store-format.ts';
import { locateStore } from './locate-store.ts';
import { defineScript, runScript } from './lua-script.ts';
import { PrimaryLink } from './primary-link.ts';
import { headCommand, parseRedisHead } from './redis-head.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { asCount, asList, asText, sendAll } from './replies.ts';
import { withRoom } from './with-room.ts';

/**
 * Gives the stored history another epoch, and changes nothing else.
 *
 * KEYS: head. ARGV: format, expected epoch, new epoch.
 * Answers with `{outcome, epoch, revision}`, the outcome being `accepted`, `changed`, `none` (no store) or `format`.
 */
const ACCEPT = defineScript(`
local head = redis.call('HMGET', KEYS[1], 'format', 'epoch', 'revision')
if not head[2] then return {'none', '', ''} end
if head[1] ~= ARGV[1] then return {'format', '', ''} end
if head[2] ~= ARGV[2] then return {'changed', head[2], head[3]} end
redis.call('HSET', KEYS[1], 'epoch', ARGV[3])
return {'accepted', ARGV[3], head[3]}
`);

/** Looks at the store without making one. Rejects with `StoreUnavailable` or `StoreFormatError`. */
export async function openAcceptance(options: RedisStoreOptions): Promise<Acceptance> {
  const { settings, place, resolver } = locateStore(options);
  const { connectTimeout, transferTimeout, waitReplicas, waitTimeout } = settings;
  const { keys, where } = place;
  const link = new PrimaryLink({ resolver, connectTimeout, maxCalls: 1 });
  const close = () => {
    link.close();
    resolver.close();
  };
  try {
    const [reply] = await link.call(transferTimeout, (redis) => sendAll(redis, [headCommand(keys.head)]));
    const { position, counts } = parseRedisHead(reply, where);
    return {
      found: { where, position, counts },
      async accept(now) {
        const epoch = createAcceptedEpoch(now, position.epoch);
        const answer = await link.call(transferTimeout, (redis) =>
          withRoom(
            redis,
            keys,
            () => runScript(redis, ACCEPT, [keys.head], [STORE_FORMAT, position.epoch, epoch]),
            () => undefined,
          ),
        );
        const accepted = readOutcome(answer, where);
        if (waitReplicas > 0) {
          const confirmed = asCount(
            await link.call(waitTimeout + transferTimeout, (redis) => redis.wait(waitReplicas, waitTimeout)),
          );
          if (confirmed < waitReplicas)
            throw new StoreUnavailable(
              `it is accepted on the primary, but only ${confirmed} of ${waitReplicas} replicas said in time that they know: a failover may lose it; look before you try again`,
            );
        }
        return accepted;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function readOutcome(reply: unknown, where: string): StorePosition {
  const [outcome = '', epoch = '', revision = ''] = asList(reply).map(asText);
  switch (outcome) {
    case 'accepted':
      return { epoch, revision: Number(revision) };
    case 'format':
      throw new StoreFormatError(`the store in ${where} is of another format than this version knows`);
    case 'none':
      throw new StoreUnavailable(`there is no store in ${where} any more: it was emptied`);
    default:
      throw new StoreUnavailable(`the store in ${where} was replaced just now: look again`);
  }
}
