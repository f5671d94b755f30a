import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import type { RedisPlace } from '../../../src/store/redis/redis-store-options.ts';
import type { OpenContractStore } from '../store-contract.ts';

let stores = 0;

/** Opens stores in Redis servers that are there already, each under a prefix of its own. */
export function contractStoresIn(place: () => RedisPlace): OpenContractStore {
  return async ({ logLength } = {}) => {
    stores += 1;
    const prefix = `contract-${process.pid}-${stores}`;
    let handles: RedisStore[] = [];
    const open = async () => {
      const store = await openRedisStore({
        place: place(),
        prefix,
        commandTimeout: 2000,
        ...(logLength !== undefined && { logLength }),
      });
      handles.push(store);
      return store;
    };
    const close = async () => {
      const closing = handles;
      handles = [];
      await Promise.all(closing.map((store) => store.close()));
    };
    return {
      store: await open(),
      second: open,
      async reopen() {
        await close();
        return open();
      },
      destroy: close,
    };
  };
}
