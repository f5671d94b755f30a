import type { Redis } from 'ioredis';
import type { Acceptance } from '../acceptance.ts';
import { createAcceptedEpoch } from '../epoch.ts';
import { StoreFormatError, type StorePosition, StoreUnavailable } from '../port.ts';
import { STORE_FORMAT } from '../store-format.ts';
import { ACCEPT } from './accept-script.ts';
import { createResolver } from './create-resolver.ts';
import { withDeadline } from './deadline.ts';
import { formatServer } from './format-server.ts';
import { createKeySpace } from './key-space.ts';
import { runScript } from './lua-script.ts';
import { openPrimary } from './open-primary.ts';
import { describeFault } from './redis-fault.ts';
import { completeSettings, type RedisStoreOptions } from './redis-store-options.ts';
import { asCount, asList, asText, sendAll } from './replies.ts';
import { headCommand, parseHead } from './store-head.ts';
import { withRoom } from './with-room.ts';

/** Looks at the store without making one. Rejects with `StoreUnavailable` or `StoreFormatError`. */
export async function openAcceptance(options: RedisStoreOptions): Promise<Acceptance> {
  const settings = completeSettings(options);
  const { connectTimeout, transferTimeout, waitReplicas, waitTimeout } = settings;
  const keys = createKeySpace(settings.prefix);
  const finder = createResolver(options, settings, keys.head);
  const where = `Redis at ${finder.where}, prefix ${settings.prefix}`;
  let redis: Redis | undefined;
  const close = () => {
    redis?.disconnect();
    finder.close();
  };
  try {
    const primary = await openPrimary(finder, connectTimeout, AbortSignal.timeout(10 * connectTimeout));
    redis = primary.redis;
    const server = formatServer(primary.address);
    const ask = async <T>(timeout: number, send: () => Promise<T>): Promise<T> => {
      try {
        return await withDeadline(send(), timeout);
      } catch (error) {
        throw describeFault(error, server);
      }
    };
    const [reply] = await ask(transferTimeout, () => sendAll(primary.redis, [headCommand(keys.head)]));
    const { position, counts } = parseHead(reply, where);
    return {
      found: { where, position, counts },
      async accept(now) {
        const epoch = createAcceptedEpoch(now, position.epoch);
        const answer = await ask(transferTimeout, () =>
          withRoom(
            primary.redis,
            keys,
            () => runScript(primary.redis, ACCEPT, [keys.head], [STORE_FORMAT, position.epoch, epoch]),
            () => undefined,
          ),
        );
        const accepted = readOutcome(answer, where);
        if (waitReplicas > 0) {
          const wait = () => primary.redis.wait(waitReplicas, waitTimeout);
          const confirmed = asCount(await ask(waitTimeout + transferTimeout, wait));
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
