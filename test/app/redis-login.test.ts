import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup, type RedisSetup } from '../support/redis-sidecar.ts';

// Part 6b, B: "Redis password changed and password_file rewritten: the old one is used until restart."

describe('a sidecar whose Redis password is changed', () => {
  let server: RedisServer;
  let setup: RedisSetup;
  /** Of accounts that no sidecar knows before a test asks about them. */
  let jwts: string[];
  let file: string;
  const settings = () => ({
    url: `redis://127.0.0.1:${server.port}`,
    command_timeout: '2s',
    password_file: file,
  });
  before(async () => {
    server = await startRedis();
    // The test's own connection stays, as every one that is open.
    await server.client.config('SET', 'requirepass', 'first');
    setup = await createRedisSetup(server.port, {});
    file = join(setup.folder, 'redis-password');
    writeFileSync(file, 'first\n');
    setup = await createRedisSetup(server.port, { store: { redis: settings() } });
    await setup.fill();
    jwts = [];
    for (const name of ['one', 'two', 'three', 'four']) jwts.push((await setup.createAccount(name)).jwt);
  });
  after(() => server.stop());

  /** Ends every connection but the one that asks. */
  const cutAll = () => server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

  test('keeps the connections that are open, and makes new ones with the password in the file', async () => {
    const sidecar = await setup.start();
    try {
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      await server.client.config('SET', 'requirepass', 'second');
      writeFileSync(file, 'second\n');
      await until('the file to be read', () => sidecar.told('files-loaded').length === 1);
      assert.equal(sidecar.told('files-loaded')[0]?.setting, 'store.redis.password_file');
      assert.equal(sidecar.told('store-lost').length, 0, 'no connection was lost over it');
      await cutAll();
      await until('a first read', async () => (await sidecar.ask(jwts[0])) === 'allow');
      assert.doesNotMatch(JSON.stringify(sidecar.lines), /second/);
    } finally {
      await sidecar.stop();
    }
  });

  test('is out of contact while the file has another one, says why, and is back once it has the right one', async () => {
    const sidecar = await setup.start();
    try {
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      assert.equal(await sidecar.ask(jwts[1]), 'allow');
      await server.client.config('SET', 'requirepass', 'third');
      await cutAll();
      await until('the loss to be told', () => sidecar.told('store-lost').length > 0);
      await until('the reason', async () => /degraded/.test((await sidecar.ready()).text));
      assert.equal(await sidecar.ask(jwts[1]), 'allow', 'from memory');
      assert.equal(await sidecar.ask(jwts[2]), 'grpc 14', 'never seen before');
      writeFileSync(file, 'third\n');
      await until('contact', () => sidecar.told('store-back').length > 0);
      await until('a first read', async () => (await sidecar.ask(jwts[2])) === 'allow');
    } finally {
      await sidecar.stop();
    }
  });

  test('with an empty file keeps the password it had, and says so once', async () => {
    const sidecar = await setup.start();
    try {
      writeFileSync(file, '');
      await until('the fault to be told', () => sidecar.told('files-fault').length > 0);
      assert.match(sidecar.told('files-fault')[0]?.problem ?? '', /expected a password in .*: it is empty/);
      await until('the metric', async () => (await sidecar.metric('sallyport_file_faults')) === 1);
      await sidecar.reload();
      assert.deepEqual(sidecar.told('reloaded').at(-1)?.failed, ['store.redis.password_file']);
      await cutAll();
      await until('a first read', async () => (await sidecar.ask(jwts[3])) === 'allow');
      assert.equal(sidecar.told('files-fault').length, 1);
      writeFileSync(file, 'third\n');
      await until('the metric', async () => (await sidecar.metric('sallyport_file_faults')) === 0);
    } finally {
      await sidecar.stop();
    }
  });
});

test('a sidecar whose Sentinels change their password logs in to them with the one in the file', async () => {
  const primary = await startRedis();
  const sentinel = await startRedis({
    file: (_, folder) => {
      const path = join(folder, 'sentinel.conf');
      writeFileSync(path, `sentinel monitor mesh 127.0.0.1 ${primary.port} 1\n`);
      return path;
    },
  });
  const setPassword = (password: string) =>
    sentinel.client.call('ACL', 'SETUSER', 'default', 'resetpass', `>${password}`);
  try {
    await setPassword('first');
    const plain = await createRedisSetup(primary.port);
    await plain.fill();
    const { jwt } = await plain.createAccount('robot');
    const file = join(plain.folder, 'sentinel-password');
    writeFileSync(file, 'first');
    const sidecar = await plain.start({
      store: {
        redis: {
          sentinel: { name: 'mesh', nodes: [`127.0.0.1:${sentinel.port}`], password_file: file },
          command_timeout: '2s',
        },
      },
    });
    try {
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      await setPassword('second');
      await sentinel.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until('the loss to be told', () => sidecar.told('store-lost').length > 0);
      writeFileSync(file, 'second');
      await until('contact', () => sidecar.told('store-back').length > 0);
      await until('a first read', async () => (await sidecar.ask(jwt)) === 'allow');
    } finally {
      await sidecar.stop();
    }
  } finally {
    await sentinel.stop();
    await primary.stop();
  }
});

test('a password that is refused is read again at once, and tried a second time if it is another', async () => {
  const server = await startRedis();
  let inFile = 'old';
  let read = inFile;
  let rereads = 0;
  const open = () =>
    openRedisStore({
      place: { kind: 'standalone', address: server.address },
      password: () => read,
      rereadPassword: async () => {
        rereads += 1;
        read = inFile;
      },
    });
  try {
    await server.client.config('SET', 'requirepass', 'new');
    await assert.rejects(open(), /the user name or the password is wrong/);
    assert.equal(rereads, 1);
    inFile = 'new';
    const store = await open();
    assert.equal(rereads, 2);
    await store.close();
  } finally {
    await server.stop();
  }
});
