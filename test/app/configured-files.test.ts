import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { startSidecar } from '../../src/app/serve.ts';
import { startAdmin } from '../../src/app/start-admin.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { CATALOG } from '../../src/config/setting-catalog.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { publishKeyFile } from '../../src/tokens/publish-key-file.ts';
import { TestCa } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/redis-servers.ts';

// Part 6b, B: "Key files, password files, TLS certificates and keys (gRPC listeners, HTTPS, Redis) are all watched and reloaded";
// SIGHUP reloads what is read from files; docs/operate.md.

const REDIS = ['store.redis.tls', 'store.redis.password_file', 'store.redis.sentinel.password_file'];
const WATCHED = {
  serve: [
    'listen[0].tls',
    'http.listen.tls',
    'client_ca',
    'pomerium.shared_secret_file',
    'keys.verification',
    'keys.assertion',
    ...REDIS,
  ],
  admin: ['admin.listen.tls', 'keys', ...REDIS],
} as const;
/** A folder that is opened at the start. */
const NOT_READ = ['store.embedded.path'];

describe('the files that the configuration names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'configured-files-'));
  const ca = new TestCa();
  const file = (name: string) => join(folder, name);
  before(async () => {
    const { cert, key } = ca.issue('DNS:localhost');
    for (const name of ['listen', 'http', 'admin', 'redis']) {
      writeFileSync(file(`${name}-cert`), cert);
      writeFileSync(file(`${name}-key`), key);
      writeFileSync(file(`${name}-ca`), ca.cert);
    }
    writeFileSync(file('clients'), ca.cert);
    writeFileSync(file('secret'), Buffer.alloc(32, 7).toString('base64'));
    writeFileSync(file('password'), 'hunter2');
    writeFileSync(file('sentinel-password'), 'hunter3');
    await generateKeyFile(file('credential'), 'EdDSA');
    await publishKeyFile(file('credential'), file('public'));
    await generateKeyFile(file('assertion'), 'ES256');
  });
  after(() => {
    ca.remove();
    rmSync(folder, { recursive: true });
  });

  const tls = (name: string) => ({
    cert: file(`${name}-cert`),
    key: file(`${name}-key`),
    client_ca: file(`${name}-ca`),
    allowed_clients: ['client'],
  });
  /** A configuration for a Redis that is not there: it is waited for. */
  async function start(verb: 'serve' | 'admin') {
    const address = async () => `127.0.0.1:${await freePort()}`;
    const nowhere = await address();
    writeFileSync(
      file(`${verb}.yaml`),
      stringify({
        ...(verb === 'serve' && {
          listen: [{ address: await address(), tls: tls('listen') }],
          http: { listen: { address: await address(), tls: tls('http') } },
        }),
        ...(verb === 'admin' && { admin: { listen: { address: await address(), tls: tls('admin') } } }),
        issuer: 'https://sallyport.localhost',
        audience: 'mesh.localhost',
        client_ca: file('clients'),
        pomerium: { shared_secret_file: file('secret') },
        keys: {
          ...(verb === 'admin' && { credential: file('credential') }),
          verification: [file('public')],
          assertion: file('assertion'),
        },
        store: {
          redis: {
            sentinel: { name: 'mesh', nodes: [nowhere], password_file: file('sentinel-password') },
            tls: { cert: file('redis-cert'), key: file('redis-key'), ca: file('redis-ca') },
            password_file: file('password'),
          },
        },
      }),
    );
    const config = loadConfig({ file: file(`${verb}.yaml`), env: {}, cwd: folder, verb });
    const lines: { event: string; setting?: string; changed?: string[]; failed?: string[] }[] = [];
    const logger = createLogger({
      level: 'info',
      to: { write: (line) => void lines.push(JSON.parse(line)) },
    });
    const server =
      verb === 'admin'
        ? await startAdmin(config, logger)
        : await startSidecar(config, logger, () => assert.fail('nothing is started beside it'));
    return { lines, reload: () => server.reload(), stop: () => server.stop() };
  }
  /** Other bytes that mean the same. */
  const touch = (names: readonly string[]) => {
    for (const name of names) appendFileSync(file(name), '\n');
  };
  const SERVED = ['listen-cert', 'http-key', 'clients', 'secret', 'public', 'assertion'];
  const ADMINISTERED = ['admin-ca', 'credential'];
  const OF_REDIS = ['redis-ca', 'password', 'sentinel-password'];

  for (const verb of ['serve', 'admin'] as const)
    test(`are all watched by ${verb}, and all read again at once on SIGHUP, with one line that names what changed`, async () => {
      const server = await start(verb);
      try {
        await server.reload();
        const reloaded = () => server.lines.filter(({ event }) => event === 'reloaded');
        assert.deepEqual(reloaded().at(-1)?.changed, []);
        assert.deepEqual(reloaded().at(-1)?.failed, []);
        touch([...(verb === 'serve' ? SERVED : ADMINISTERED), ...OF_REDIS]);
        await server.reload();
        assert.equal(reloaded().length, 2);
        // One that was looked at in the moment between is in use already, and has its own line.
        const taken = server.lines.filter(({ event }) => event === 'files-loaded' || event === 'keys-loaded');
        assert.equal(taken.length, WATCHED[verb].length);
        const rest = WATCHED[verb].filter((setting) => !reloaded().at(-1)?.changed?.includes(setting));
        for (const setting of rest)
          assert.ok(setting.startsWith('keys') || taken.some((line) => line.setting === setting), setting);
        assert.deepEqual(reloaded().at(-1)?.failed, []);
        // Without SIGHUP it only takes a moment longer.
        touch(['password']);
        const count = (event: string) => server.lines.filter((line) => line.event === event).length;
        const before = count('files-loaded');
        await until('the password to be read', () => count('files-loaded') > before);
        writeFileSync(file('redis-key'), 'no key');
        await server.reload();
        assert.deepEqual(reloaded().at(-1)?.failed, ['store.redis.tls']);
        assert.equal(count('files-fault'), 1);
        assert.doesNotMatch(JSON.stringify(server.lines), /hunter|PRIVATE/);
      } finally {
        await server.stop();
        const { cert, key } = ca.issue('DNS:localhost');
        writeFileSync(file('redis-cert'), cert);
        writeFileSync(file('redis-key'), key);
      }
    });

  test('are every setting that is a path', () => {
    const watched = new Set<string>([...WATCHED.serve, ...WATCHED.admin]);
    const isWatched = (key: string) => {
      const names = key.replace('[]', '[0]').split('.');
      return names.some((_, index) => watched.has(names.slice(0, index + 1).join('.')));
    };
    const paths = CATALOG.filter(({ key, type }) => /path/.test(type) || key.startsWith('keys.'))
      .map(({ key }) => key)
      .filter((key) => key !== 'keys.algorithm');
    assert.ok(paths.includes('store.redis.sentinel.password_file') && paths.length > 15, paths.join(' '));
    assert.deepEqual(
      paths.filter((key) => !isWatched(key)),
      NOT_READ,
    );
  });
});
