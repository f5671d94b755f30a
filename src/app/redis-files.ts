import type { Login, RedisConfig } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { readPasswordFile } from '../config/secret-file.ts';
import { readTlsFiles, type TlsMaterial, tlsPaths } from '../files/tls-files.ts';
import { fixed, type Watched } from '../files/watch-files.ts';
import type { ConfiguredFiles } from './configured-files.ts';

/** What logs this client in to a server. */
export interface WatchedPassword extends Watched<Secret | undefined> {
  /** Reads it again now. */
  reload?(): Promise<unknown>;
}

/** What connections to Redis and its Sentinels are opened with. */
export interface RedisFiles {
  readonly password: WatchedPassword;
  readonly sentinelPassword: WatchedPassword;
  /** Undefined: no TLS. */
  readonly tls: Watched<TlsMaterial> | undefined;
}

/** As they are now. Throws `PemFileError`. */
export function readRedisFiles({ password, sentinel, tls }: RedisConfig): RedisFiles {
  return {
    password: fixed(password),
    sentinelPassword: fixed(sentinel?.password),
    tls: tls && fixed(readTlsFiles(tls)),
  };
}

/** Kept up with, so that each new connection is opened with what the files hold then. */
export async function watchRedisFiles(redis: RedisConfig, files: ConfiguredFiles): Promise<RedisFiles> {
  const { sentinel, tls } = redis;
  return {
    password: await watchPassword('store.redis.password_file', redis, files),
    sentinelPassword: await watchPassword('store.redis.sentinel.password_file', sentinel, files),
    tls: tls && (await files.watch('store.redis.tls', tlsPaths(tls), () => readTlsFiles(tls))),
  };
}

async function watchPassword(
  setting: string,
  login: Pick<Login, 'password' | 'passwordFile'> | undefined,
  files: ConfiguredFiles,
): Promise<WatchedPassword> {
  const file = login?.passwordFile;
  if (file === undefined) return fixed(login?.password);
  return files.watch<Secret | undefined>(setting, [file], () => readPasswordFile(file));
}
