import type { Address } from '../sockets/address.ts';
import { formatAddress } from '../sockets/address.ts';
import { formatServer, type ServerAddress } from '../store/server-address.ts';
import type { Config } from './config.ts';
import { formatDuration } from './duration.ts';
import { Secret } from './secret.ts';

export type Printable = string | number | boolean | null | Printable[] | { [key: string]: Printable };

/** The configuration in force, as JSON or YAML can show it: keys as in the file, durations as text, no secrets. */
export function configForPrinting(config: Config): Printable {
  const { admin, http, keys, unmatched } = config;
  return print({
    ...config,
    http: { listen: http.listen ?? 'off' },
    admin: { ...admin, listen: admin.listen ?? 'off' },
    keys: { ...keys, credential: keys.credential ?? 'off' },
    unmatched: unmatched ?? 'deny',
  });
}

function print(value: unknown): Printable {
  if (value instanceof Secret) return value.toJSON();
  if (Array.isArray(value)) return value.map(print);
  if (typeof value === 'object' && value !== null) {
    if (isAddress(value)) return formatAddress(value);
    return isServer(value) ? printServer(value) : printMap(value);
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function printMap(map: object): Printable {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]): [string, Printable] => {
      if (name.endsWith('Ms') && typeof value === 'number')
        return [snakeCase(name.slice(0, -2)), formatDuration(value)];
      if (name === 'mode' && typeof value === 'number') return [name, `0${value.toString(8)}`];
      return [snakeCase(name), print(value)];
    }),
  );
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isAddress(value: object): value is Address {
  return 'kind' in value && (value.kind === 'tcp' || value.kind === 'unix');
}

function printServer(server: ServerAddress & { readonly tls?: boolean }): string {
  const scheme = server.tls === undefined ? '' : server.tls ? 'rediss://' : 'redis://';
  return `${scheme}${formatServer(server)}`;
}

function isServer(value: object): value is ServerAddress & { tls?: boolean } {
  return 'host' in value && 'port' in value;
}
