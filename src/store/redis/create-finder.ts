import { createClusterFinder } from './cluster-finder.ts';
import type { Access } from './connect.ts';
import type { PrimaryFinder } from './primary-finder.ts';
import type { RedisSettings, RedisStoreOptions } from './redis-store-options.ts';
import { createSentinelFinder } from './sentinel-finder.ts';
import { createStandaloneFinder } from './standalone-finder.ts';

/** @param anyKey one of ours: in a Cluster, whoever has it has all of them */
export function createFinder(
  { place, tls, username, password }: RedisStoreOptions,
  { connectTimeout }: RedisSettings,
  anyKey: string,
): PrimaryFinder {
  const access: Access = { tls, username, password, connectTimeout };
  switch (place.kind) {
    case 'standalone':
      return createStandaloneFinder(place.address, access);
    case 'sentinel':
      return createSentinelFinder(place, {
        server: access,
        sentinel: { tls, username: place.username, password: place.password, connectTimeout },
      });
    case 'cluster':
      return createClusterFinder(place.nodes, anyKey, access);
    default:
      return place satisfies never;
  }
}
