import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup, type RedisSetup } from '../support/redis-sidecar.ts';

// Part 6b, B: "Before the outage: while Redis is away and the bound has not passed, /readyz, metrics and logs said all is well".

describe('a sidecar whose Redis goes away', () => {
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

  const startWith = (maxStaleness: string) =>
    setup.start({
      store: {
        redis: { url: `redis://127.0.0.1:${server.port}`, command_timeout: '2s' },
        max_staleness: maxStaleness,
      },
    });

  test('says so while it still decides: /readyz with the time left, metrics, and one line without a stack', async () => {
    const sidecar = await startWith('10m');
    try {
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      assert.equal(await sidecar.ask(jwt), 'allow');
      assert.deepEqual(await sidecar.ready(), { status: 200, text: 'ok\n' });
      assert.equal(await sidecar.metric('sallyport_store_up'), 1);
      assert.equal(await sidecar.metric('sallyport_store_max_staleness_seconds'), 600);
      await server.kill();
      await until('the loss to be told', () => sidecar.told('store-lost').length > 0);
      const [lost] = sidecar.told('store-lost');
      assert.match(lost?.problem ?? '', /^Redis at 127\.0\.0\.1:\d+: /);
      const left = lost?.checks_fail_in_s ?? 0;
      assert.ok(left > 0 && left <= 600, `${left}`);
      const { status, text } = await sidecar.ready();
      assert.equal(status, 200);
      assert.match(text, /^ok\ndegraded: no contact with the store for [\d.]+ s: Checks fail in [\d.]+ s\n$/);
      assert.doesNotMatch(text, /127\.0\.0\.1/);
      // A rendering of the metrics stands for a second.
      await until('the metric', async () => (await sidecar.metric('sallyport_store_up')) === 0);
      assert.ok(((await sidecar.metric('sallyport_store_last_contact_seconds')) ?? 0) > 0);
      assert.equal(await sidecar.ask(jwt), 'allow');
      assert.equal(await sidecar.health(), 'SERVING');

      await server.restart();
      await until('contact to be told', () => sidecar.told('store-back').length > 0);
      assert.ok((sidecar.told('store-back')[0]?.away_s ?? 0) > 0);
      assert.deepEqual(await sidecar.ready(), { status: 200, text: 'ok\n' });
      await until('the metric', async () => (await sidecar.metric('sallyport_store_up')) === 1);
      assert.deepEqual(
        ['store-lost', 'store-back', 'store-fault', 'not-serving'].map((event) => sidecar.told(event).length),
        [1, 1, 0, 0],
      );
      assert.doesNotMatch(JSON.stringify(sidecar.lines), /"stack"/);
    } finally {
      await sidecar.stop();
    }
  });

  test('past the bound says so once with the reason, and once more when it is back', async () => {
    const sidecar = await startWith('2s');
    try {
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      server.pause();
      await until('NOT_SERVING', async () => (await sidecar.health()) === 'NOT_SERVING');
      assert.equal((await sidecar.ready()).status, 503);
      assert.equal(await sidecar.ask(jwt), 'grpc 14');
      const [outage] = sidecar.told('not-serving').slice(-1);
      assert.match(outage?.problem ?? '', /^no contact with the store for \d+ s: Redis at /);
      server.resume();
      await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
      await until('contact to be told', () => sidecar.told('store-back').length > 0);
      assert.ok((sidecar.told('store-back')[0]?.away_s ?? 0) >= 1);
      assert.deepEqual(
        ['store-lost', 'not-serving', 'store-back', 'store-fault'].map((event) => sidecar.told(event).length),
        [1, 1, 1, 0],
      );
      assert.doesNotMatch(JSON.stringify(sidecar.lines), /"stack"/);
    } finally {
      server.resume();
      await sidecar.stop();
    }
  });

  test('before it was ever there has no age of a contact, and no stack in its log', async () => {
    await server.kill();
    const sidecar = await startWith('10m');
    try {
      assert.equal(await sidecar.metric('sallyport_store_up'), 0);
      assert.equal(await sidecar.metric('sallyport_store_last_contact_seconds'), undefined);
      assert.deepEqual([sidecar.told('store-awaited').length, sidecar.told('store-lost').length], [1, 0]);
      assert.doesNotMatch(JSON.stringify(sidecar.lines), /"stack"/);
    } finally {
      await sidecar.stop();
      await server.restart();
    }
  });
});
