import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startAdmin } from '../../src/app/start-admin.ts';
import type { Config } from '../../src/config/config.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { formatAddress } from '../../src/sockets/address.ts';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup, type RedisSetup } from '../support/redis-sidecar.ts';

describe('an admin server', () => {
  let server: RedisServer;
  let setup: RedisSetup;
  before(async () => {
    server = await startRedis();
    setup = await createRedisSetup(server.port);
    await setup.fill();
  });
  after(() => server.stop());

  const start = async () => {
    const config = await setup.configFor();
    const lines: { event: string; away_s?: number }[] = [];
    const logger = createLogger({
      level: 'info',
      to: { write: (line) => void lines.push(JSON.parse(line)) },
    });
    const admin = await startAdmin(config, logger);
    return {
      ready: () => readiness(config),
      metrics: () => metrics(config),
      lines,
      stop: () => admin.stop(),
    };
  };

  test('that is started while Redis is down is ready once Redis is there', async () => {
    await server.kill();
    const admin = await start();
    try {
      await until('the loss to be told', () => admin.lines.some(({ event }) => event === 'store-lost'));
      assert.equal((await admin.ready()).status, 503);
      await server.restart();
      await until('it to be ready', async () => (await admin.ready()).status === 200);
    } finally {
      await admin.stop();
    }
  });

  test('tells its log why it is not ready, and nobody who asks', async () => {
    const admin = await start();
    try {
      await until('it to be ready', async () => (await admin.ready()).status === 200);
      await server.kill();
      await until('it not to be ready', async () => (await admin.ready()).status === 503);
      assert.match((await admin.ready()).text, /"detail":"the store is unavailable"/);
      const faults = admin.lines.filter(({ event }) => event === 'store-lost');
      assert.match(JSON.stringify(faults[0]), new RegExp(`Redis at 127\\.0\\.0\\.1:${server.port}`));
      assert.match(await admin.metrics(), /^sallyport_store_up 0$/m);
      assert.match(await admin.metrics(), /^sallyport_store_last_contact_seconds [\d.]+$/m);
      await server.restart();
      await until('it to be ready again', async () => (await admin.ready()).status === 200);
      assert.match(await admin.metrics(), /^sallyport_store_up 1$/m);
      assert.doesNotMatch(await admin.metrics(), /max_staleness/, 'it answers nothing from memory');
      await until('contact to be told', () => admin.lines.some(({ event }) => event === 'store-back'));
      const told = admin.lines.filter(({ event }) => event.startsWith('store-') || event.endsWith('-fault'));
      assert.deepEqual(
        told.map(({ event }) => event),
        ['store-lost', 'store-back'],
      );
      assert.ok((told[1]?.away_s ?? 0) > 0);
      assert.doesNotMatch(JSON.stringify(admin.lines), /"stack"/);
    } finally {
      await admin.stop();
    }
  });

  test('can be stopped while it waits', async () => {
    server.pause();
    try {
      await (await start()).stop();
    } finally {
      server.resume();
    }
  });
});

function readiness(config: Config): Promise<{ status: number; text: string }> {
  return get(config, '/readyz');
}

async function metrics(config: Config): Promise<string> {
  return (await get(config, '/metrics')).text;
}

async function get({ admin }: Config, path: string): Promise<{ status: number; text: string }> {
  if (!admin.listen) throw new Error('it listens on nothing');
  const response = await fetch(`http://${formatAddress(admin.listen.address)}${path}`);
  return { status: response.status, text: await response.text() };
}
