import { createClusterFinder } from './cluster-finder.ts';
import type { Access } from './connect.ts';
import type { PrimaryFinder } from './primary-finder.ts';
import type { RedisLogin, RedisSettings, RedisStoreOptions } from './redis-store-options.ts';
import { createSentinelFinder } from './sentinel-finder.ts';
import { createStandaloneFinder } from './standalone-finder.ts';

/** @param anyKey one of ours: in a Cluster, whoever has it has all of them */
export function createFinder(
  options: RedisStoreOptions,
  { connectTimeout }: RedisSettings,
  anyKey: string,
): PrimaryFinder {
  const { place, tls } = options;
  const access: Access = { ...loginOf(options), tls, connectTimeout };
  switch (place.kind) {
    case 'standalone':
      return createStandaloneFinder(place.address, access);
    case 'sentinel':
      return createSentinelFinder(place, {
        server: access,
        sentinel: { ...loginOf(place), tls, connectTimeout },
      });
    case 'cluster':
      return createClusterFinder(place.nodes, anyKey, access);
    default:
      return place satisfies never;
  }
}

function loginOf({ username, password, rereadPassword }: RedisLogin): Omit<Access, 'tls' | 'connectTimeout'> {
  return { username, password, rereadPassword };
}
