import { join } from 'node:path';
import type { Config } from './config.ts';
import { formatServer } from './server-address.ts';

/** The embedded store's own folder: beside the keys, where these have no folder of their own. */
export function storeFolder({ store }: Pick<Config, 'store'>): string {
  return join(store.embedded.path, 'store');
}

/** Where the configured store is, for people. */
export function placeOfStore({ store }: Pick<Config, 'store'>): string {
  if (!store.redis) return storeFolder({ store });
  const { url, sentinel, cluster, prefix } = store.redis;
  const nodes = url ? [url] : (sentinel?.nodes ?? cluster?.nodes ?? []);
  const primary = sentinel ? `${sentinel.name} of the Sentinels ` : '';
  return `Redis at ${primary}${nodes.map(({ host, port }) => formatServer({ host, port })).join(', ')}, prefix ${prefix}`;
}
