import type { Report } from './cross-checks.ts';
import { type Resolve, readText } from './referenced-files.ts';
import type { Settings } from './schema.ts';
import { Secret } from './secret.ts';
import type { SettingPath } from './setting-path.ts';

const MAX_PASSWORD = 4096;

/** From wherever they were given. */
export interface RedisPasswords {
  readonly server: Secret | undefined;
  readonly sentinel: Secret | undefined;
}

interface Given {
  readonly password?: string | undefined;
  readonly password_file?: string | undefined;
}

export function readRedisPasswords(
  redis: Settings['store']['redis'],
  resolve: Resolve,
  report: Report,
): RedisPasswords {
  const above = ['store', 'redis'];
  return {
    server: redis && readPassword(redis, above, resolve, report),
    sentinel: redis?.sentinel && readPassword(redis.sentinel, [...above, 'sentinel'], resolve, report),
  };
}

function readPassword(
  { password, password_file }: Given,
  above: SettingPath,
  resolve: Resolve,
  report: Report,
): Secret | undefined {
  if (password !== undefined) return new Secret(Buffer.from(password));
  if (password_file === undefined) return undefined;
  const path = [...above, 'password_file'];
  const file = resolve(path, password_file);
  const text = readText(path, file, MAX_PASSWORD, report)?.replace(/\r?\n$/, '');
  if (text === '') report(path, `expected a password in ${file}: it is empty`);
  return text === undefined ? undefined : new Secret(Buffer.from(text));
}
