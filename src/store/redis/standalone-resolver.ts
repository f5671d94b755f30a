import type { ServerAddress } from '../server-address.ts';
import { formatServer } from '../server-address.ts';
import { connect, type ServerLogin } from './connect.ts';
import type { PrimaryResolver } from './primary-resolver.ts';

/** One server that is always the one: that it takes writes is all there is to know. */
export function createStandaloneResolver(address: ServerAddress, access: ServerLogin): PrimaryResolver {
  return {
    where: formatServer(address),
    open: async (signal) => ({ redis: await connect(address, access, signal), address }),
    confirms: () => true,
    onMove: () => () => undefined,
    close: () => undefined,
  };
}
