import type { Login } from './config.ts';
import type { Report } from './cross-checks.ts';
import { type Resolve, readOrReport } from './referenced-files.ts';
import type { Settings } from './schema.ts';
import { Secret } from './secret.ts';
import { readPasswordFile, rereadable } from './secret-file.ts';
import type { SettingPath } from './setting-path.ts';

/** A password, from wherever it was given. */
type GivenPassword = Pick<Login, 'password' | 'passwordFile'>;

export interface RedisPasswords {
  readonly server: GivenPassword;
  readonly sentinel: GivenPassword;
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
    server: readPassword(redis, above, resolve, report),
    sentinel: readPassword(redis?.sentinel, [...above, 'sentinel'], resolve, report),
  };
}

function readPassword(
  { password, password_file }: Given = {},
  above: SettingPath,
  resolve: Resolve,
  report: Report,
): GivenPassword {
  if (password_file === undefined || password !== undefined)
    return {
      password: password === undefined ? undefined : new Secret(Buffer.from(password)),
      passwordFile: undefined,
    };
  const path = [...above, 'password_file'];
  const file = resolve(path, password_file);
  return {
    password: readOrReport(path, report, () => readPasswordFile(file)),
    passwordFile: rereadable(file),
  };
}
