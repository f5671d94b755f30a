import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup, type RedisSetup, type RedisSidecar } from '../support/redis-sidecar.ts';

describe('a sidecar that is started', () => {
  let server: RedisServer;
  let setup: RedisSetup;
  let jwt: string;
  before(async () => {
    server = await startRedis();
    setup = await createRedisSetup(server.port);
    await setup.fill();
    jwt = (await setup.createAccount('robot')).jwt;
  });
  after(() => server.stop());

  const assertWaits = async (sidecar: RedisSidecar, why: RegExp) => {
    assert.equal(await sidecar.health(), 'NOT_SERVING');
    const { status, text } = await sidecar.ready();
    assert.equal(status, 503);
    assert.match(text, why);
    for (const token of [jwt, undefined, 'unexpected-response'])
      assert.equal(await sidecar.ask(token), 'grpc 14');
  };
  const comesUp = async (sidecar: RedisSidecar) => {
    await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
    assert.equal((await sidecar.ready()).status, 200);
    assert.equal(await sidecar.ask(jwt), 'allow');
    assert.equal(await sidecar.ask(undefined), '401');
  };

  test('while Redis is down listens, fails closed, says why, and serves once Redis is there', async () => {
    await server.kill();
    const sidecar = await setup.start();
    try {
      await assertWaits(sidecar, /could not be read yet: Redis at 127\.0\.0\.1:\d+: nothing listens there/);
      const told = sidecar.lines.filter(({ event }) => event === 'store-awaited');
      assert.equal(told.length, 1);
      await server.restart();
      await comesUp(sidecar);
    } finally {
      await sidecar.stop();
    }
  });

  test('while Redis hangs, or misses a part of the snapshot, does the same', async () => {
    const key = '{sallyport}:records:route';
    const routes = await server.client.hgetall(key);
    await server.client.hdel(key, 'a');
    await server.client.zrem('{sallyport}:ids:route', 'a');
    const sidecar = await setup.start();
    try {
      await assertWaits(sidecar, /should hold 2 records of the kind route and holds 1/);
      await server.client.hset(key, routes);
      await server.client.zadd('{sallyport}:ids:route', 0, 'a');
      await comesUp(sidecar);
    } finally {
      await sidecar.stop();
    }
    server.pause();
    const second = await setup.start();
    try {
      await assertWaits(second, /could not be read yet/);
      server.resume();
      await comesUp(second);
    } finally {
      server.resume();
      await second.stop();
    }
  });

  test('can be stopped while it waits', async () => {
    server.pause();
    try {
      await (await setup.start()).stop();
    } finally {
      server.resume();
    }
  });

  test('on a Redis that may evict, or on a store of a newer format, does not start', async () => {
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await assert.rejects(setup.start(), /may throw records away/);
    await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    await server.client.hset('{sallyport}:head', 'format', '99');
    await assert.rejects(setup.start(), /has format 99/);
    await server.client.hset('{sallyport}:head', 'format', '1');
  });

  test('on a Redis that keeps nothing on disk says so in its log', async () => {
    await server.client.config('SET', 'appendonly', 'no');
    const sidecar = await setup.start();
    try {
      const told = sidecar.lines.filter(({ event }) => event === 'store-warning');
      assert.equal(told.length, 1);
      assert.match(JSON.stringify(told), /keeps no append-only file/);
    } finally {
      await sidecar.stop();
      await server.client.config('SET', 'appendonly', 'yes');
    }
  });

  test('with an embedded store whose folder can not be opened does not start', async () => {
    await assert.rejects(setup.start({ store: { embedded: { path: '/dev/null/store' } } }));
  });
});
