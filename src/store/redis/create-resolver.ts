import { createClusterResolver } from './cluster-resolver.ts';
import type { Access } from './connect.ts';
import type { PrimaryResolver } from './primary-resolver.ts';
import type { RedisLogin, RedisSettings, RedisStoreOptions } from './redis-store-options.ts';
import { createSentinelResolver } from './sentinel-resolver.ts';
import { createStandaloneResolver } from './standalone-resolver.ts';

/** @param anyKey one of ours: in a Cluster, whoever has it has all of them */
export function createResolver(
  options: RedisStoreOptions,
  { connectTimeout }: RedisSettings,
  anyKey: string,
): PrimaryResolver {
  const { place, tls } = options;
  const access: Access = { ...loginOf(options), tls, connectTimeout };
  switch (place.kind) {
    case 'standalone':
      return createStandaloneResolver(place.address, access);
    case 'sentinel':
      return createSentinelResolver(place, {
        server: access,
        sentinel: { ...loginOf(place), tls, connectTimeout },
      });
    case 'cluster':
      return createClusterResolver(place.nodes, anyKey, access);
    default:
      return place satisfies never;
  }
}

function loginOf({ username, password, rereadPassword }: RedisLogin): Omit<Access, 'tls' | 'connectTimeout'> {
  return { username, password, rereadPassword };
}
