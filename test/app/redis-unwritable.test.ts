import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { BREAKABLE, breakSnapshots } from '../support/misconf.ts';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup, redisSettings } from '../support/redis-sidecar.ts';

/** Milliseconds; the least that there may be. */
const BOUND = 2000;

let server: RedisServer;
before(async () => {
  server = await startRedis({ config: ['--appendonly', 'no', ...BREAKABLE] });
});
after(() => server.stop());

test('while Redis can not write its snapshot (MISCONF) Checks are decided past the bound, and the metric says that nothing can be revoked', async () => {
  const setup = await createRedisSetup(server.port);
  await setup.fill();
  const { jwt } = await setup.createAccount('robot');
  const sidecar = await setup.start({
    store: { redis: redisSettings(server.port), max_staleness: `${BOUND}ms` },
  });
  try {
    await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
    assert.equal(await sidecar.metric('sallyport_store_writable'), 1);
    const mend = await breakSnapshots(server.client);
    try {
      // Past the bound, whenever the last contact before it was.
      await delay(2 * BOUND);
      assert.equal(await sidecar.ask(jwt), 'allow');
      assert.equal(await sidecar.ask(undefined), '401');
      assert.equal(await sidecar.health(), 'SERVING');
      assert.equal(await sidecar.metric('sallyport_store_writable'), 0);
    } finally {
      await mend();
    }
    await until('writes', async () => (await sidecar.metric('sallyport_store_writable')) === 1);
  } finally {
    await sidecar.stop();
  }
});
