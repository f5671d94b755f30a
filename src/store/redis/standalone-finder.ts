import { type Access, connect } from './connect.ts';
import { formatServer } from './format-server.ts';
import type { PrimaryFinder } from './primary-finder.ts';
import type { ServerAddress } from './redis-store-options.ts';

/** One server that is always the one: that it takes writes is all there is to know. */
export function createStandaloneFinder(address: ServerAddress, access: Access): PrimaryFinder {
  return {
    where: formatServer(address),
    open: async (signal) => ({ redis: await connect(address, access, signal), address }),
    confirms: () => true,
    onMove: () => () => undefined,
    close: () => undefined,
  };
}
