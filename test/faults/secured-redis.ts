import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisStoreOptions } from '../../src/store/redis/redis-store-options.ts';
import { aclFile, PASSWORDS } from '../support/acl-users.ts';
import { TestCa } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { type RedisServer, startRedis } from '../support/redis-servers.ts';

/** A Redis with TLS and the two users of docs/redis.md, which keep both over a restart; nobody else gets in. */
export interface SecuredRedis {
  readonly server: RedisServer;
  /** Where it speaks TLS. */
  readonly address: { readonly host: string; readonly port: number };
  /** How the operator gets in. */
  readonly admin: Pick<RedisStoreOptions, 'username' | 'password' | 'tls'>;
  /** `store.redis` of a sidecar that asks through `port`. */
  sidecar(port: number): Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startSecuredRedis(): Promise<SecuredRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-secured-'));
  const ca = new TestCa();
  const { cert, key } = ca.issue('IP:127.0.0.1');
  const files = {
    'ca.pem': ca.cert,
    'cert.pem': cert,
    'key.pem': key,
    'users.acl': aclFile(),
    password: PASSWORDS.sidecar,
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  const file = (name: keyof typeof files) => join(folder, name);
  const port = await freePort();
  const tls = ['--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem')];
  const server = await startRedis({
    config: [
      ...['--tls-port', String(port), ...tls, '--tls-ca-cert-file', file('ca.pem')],
      ...['--tls-auth-clients', 'no', '--aclfile', file('users.acl')],
    ],
  });
  return {
    server,
    address: { host: '127.0.0.1', port },
    admin: {
      username: 'sallyport-admin',
      password: () => PASSWORDS.admin,
      tls: () => ({ ca: ca.cert }),
    },
    sidecar: (throughPort) => ({
      url: `rediss://127.0.0.1:${throughPort}`,
      tls: { ca: file('ca.pem') },
      username: 'sallyport-sidecar',
      password_file: file('password'),
    }),
    async stop() {
      await server.stop();
      ca.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
