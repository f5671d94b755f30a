import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestCa } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup } from '../support/redis-sidecar.ts';

// Part 6b, B: "TLS certificates and keys (gRPC listeners, HTTPS, Redis) are all watched and reloaded without a dropped connection".

test('a sidecar keeps its connections to Redis while CA, certificates and keys of both sides are replaced, and makes new ones with the new', async () => {
  const [oldCa, newCa] = [new TestCa(), new TestCa()];
  const server = await startRedis();
  const names = { cert: 'tls-cert-file', key: 'tls-key-file', ca: 'tls-ca-cert-file' } as const;
  const configure = async (ca: TestCa, generation: number) => {
    const { cert, key } = ca.issue('IP:127.0.0.1');
    const settings = Object.entries({ cert, key, ca: ca.cert }).flatMap(([name, bytes]) => {
      const path = join(server.folder, `${name}-${generation}`);
      writeFileSync(path, bytes);
      return name === 'cert' || name === 'key' || name === 'ca' ? [names[name], path] : [];
    });
    await server.client.call('CONFIG', 'SET', ...settings);
  };
  try {
    const setup = await createRedisSetup(server.port);
    await setup.fill();
    const { jwt } = await setup.createAccount('robot');
    const files = ['cert', 'key', 'ca'].map((name) => join(setup.folder, `redis-${name}`));
    const [cert = '', key = '', ca = ''] = files;
    const write = (authority: TestCa) => {
      const pair = authority.issue('DNS:sidecar');
      writeFileSync(cert, pair.cert);
      writeFileSync(key, pair.key);
      writeFileSync(ca, authority.cert);
    };
    write(oldCa);
    await configure(oldCa, 1);
    const tlsPort = await freePort();
    await server.client.call('CONFIG', 'SET', 'tls-port', String(tlsPort));
    const sidecar = await setup.start({
      store: {
        redis: { url: `rediss://127.0.0.1:${tlsPort}`, command_timeout: '2s', tls: { cert, key, ca } },
      },
    });
    try {
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      await configure(newCa, 2);
      write(newCa);
      await until('the files to be read', () => sidecar.told('files-loaded').length > 0);
      assert.equal(sidecar.told('store-lost').length, 0, 'no connection was lost over it');
      await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until('a first read', async () => (await sidecar.ask(jwt)) === 'allow');
    } finally {
      await sidecar.stop();
    }
  } finally {
    await server.stop();
    oldCa.remove();
    newCa.remove();
  }
});
