import type { Frozen } from '../../config/freeze.ts';
import { Secret } from '../../config/secret.ts';
import { readPasswordFile, rereadable } from '../../config/secret-file.ts';
import {
  checkCertificates,
  checkTlsFiles,
  readOrReport,
  type SettingFiles,
} from '../../config/setting-files.ts';
import type { SettingPath } from '../../config/setting-path.ts';
import type { RedisSection } from './redis-section.ts';

export interface Password {
  /** As it was when the configuration was loaded. */
  readonly password: Secret | undefined;
  /** Absolute path of the file that it was read from; undefined if it is in the configuration itself, or in a pipe. */
  readonly passwordFile: string | undefined;
}

/**
 * Where the store in Redis is, and how to connect. Exactly one of `url`, `sentinel` and `cluster` is set. Paths are absolute;
 * the files were readable when the configuration was loaded.
 */
export type RedisConfig = Frozen<ReturnType<typeof configureRedis>>;

const SECTION = ['store', 'redis'];

/** Converts `store.redis`. Reports files that cannot be used. */
export function configureRedis(redis: RedisSection, files: SettingFiles) {
  const { url, sentinel, cluster, tls } = redis;
  const at = (key: 'ca' | 'cert' | 'key') => {
    const file = tls?.[key];
    return file === undefined ? undefined : files.resolve([...SECTION, 'tls', key], file);
  };
  checkCertificates(tls?.ca, [...SECTION, 'tls', 'ca'], files);
  if (tls?.cert !== undefined && tls.key !== undefined)
    checkTlsFiles({ cert: tls.cert, key: tls.key }, [...SECTION, 'tls'], files);
  return {
    url,
    sentinel: sentinel && {
      name: sentinel.name,
      nodes: sentinel.nodes,
      username: sentinel.username,
      ...readPassword(sentinel, [...SECTION, 'sentinel'], files),
    },
    cluster,
    tls:
      tls || url?.tls
        ? { ca: at('ca'), cert: at('cert'), key: at('key'), serverName: tls?.server_name }
        : undefined,
    username: redis.username,
    ...readPassword(redis, SECTION, files),
    prefix: redis.prefix,
    commandTimeoutMs: redis.command_timeout,
    transferTimeoutMs: redis.transfer_timeout,
    waitReplicas: redis.wait_replicas,
    waitTimeoutMs: redis.wait_timeout,
    minReplicasToWrite: redis.min_replicas_to_write,
    logLength: redis.log_length,
  };
}

function readPassword(
  {
    password,
    password_file,
  }: { readonly password?: string | undefined; readonly password_file?: string | undefined },
  above: SettingPath,
  { resolve, report }: SettingFiles,
): Password {
  if (password !== undefined) return { password: new Secret(Buffer.from(password)), passwordFile: undefined };
  if (password_file === undefined) return { password: undefined, passwordFile: undefined };
  const path = [...above, 'password_file'];
  const file = resolve(path, password_file);
  return {
    password: readOrReport(path, report, () => readPasswordFile(file)),
    passwordFile: rereadable(file),
  };
}
