import { formatServer, type ServerAddress } from '../server-address.ts';
import { createClusterResolver } from './cluster-resolver.ts';
import { connect, type ServerLogin } from './connect.ts';
import { createKeySpace } from './key-space.ts';
import type { PrimaryResolver } from './primary-resolver.ts';
import type { Place } from './read-records.ts';
import {
  completeSettings,
  type RedisLogin,
  type RedisSettings,
  type RedisStoreOptions,
} from './redis-store-options.ts';
import { SentinelResolver } from './sentinel-resolver.ts';

/** A store in Redis before any connection to it. */
export interface LocatedStore {
  readonly settings: RedisSettings;
  readonly place: Place;
  /** To be closed. */
  readonly resolver: PrimaryResolver;
}

/** Throws RangeError for a prefix that can't be used. */
export function locateStore(options: RedisStoreOptions): LocatedStore {
  const settings = completeSettings(options);
  const keys = createKeySpace(settings.prefix);
  const resolver = createResolver(options, settings, keys.head);
  return {
    settings,
    resolver,
    place: { keys, where: `Redis at ${resolver.where}, prefix ${settings.prefix}` },
  };
}

/** @param anyKey one of ours: in a Cluster, the server that has it has all of them */
function createResolver(
  { place, tls, ...options }: RedisStoreOptions,
  { connectTimeout }: RedisSettings,
  anyKey: string,
): PrimaryResolver {
  const loginOf = (login: RedisLogin): ServerLogin => ({ ...login, tls, connectTimeout });
  const server = loginOf(options);
  switch (place.kind) {
    case 'standalone':
      return createStandaloneResolver(place.address, server);
    case 'sentinel':
      return new SentinelResolver(place, { server, sentinel: loginOf(place) });
    case 'cluster':
      return createClusterResolver(place.nodes, anyKey, server);
    default:
      return place satisfies never;
  }
}

/** A single server is always the primary. */
function createStandaloneResolver(address: ServerAddress, access: ServerLogin): PrimaryResolver {
  return {
    where: formatServer(address),
    open: async (signal) => ({ redis: await connect(address, access, signal), address }),
    confirms: () => true,
    onMove: () => () => undefined,
    close: () => undefined,
  };
}
