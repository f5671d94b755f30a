import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import { createRedisSetup, type RedisSetup, type RedisSidecar } from '../support/redis-sidecar.ts';

let server: RedisServer;
let setup: RedisSetup;
let sidecar: RedisSidecar;
before(async () => {
  server = await startRedis();
  setup = await createRedisSetup(server.port);
  await setup.fill();
});
after(async () => {
  await sidecar.stop();
  await server.stop();
});

/** How often Redis was asked for records, by its own count: the one command that only a read of records sends. */
async function readsOf(
  client: RedisServer['client'],
): Promise<{ readonly hlen: number; readonly hmget: number }> {
  const info = await client.info('commandstats');
  const calls = (name: string) =>
    Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { hlen: calls('hlen'), hmget: calls('hmget') };
}

test('by Redis’s own count a first Check is one round trip, and a warm one none', async () => {
  const tokens: string[] = [];
  for (let n = 0; n < 20; n++) tokens.push((await setup.createAccount(`robot-${n}`)).jwt);
  sidecar = await setup.start();
  await until('SERVING', async () => (await sidecar.health()) === 'SERVING');

  // One read of a credential and an account is HLEN and HMGET of each, in one pipeline; nothing else sends HLEN.
  await server.client.config('RESETSTAT');
  for (const token of tokens) assert.equal(await sidecar.ask(token), 'allow');
  const first = await readsOf(server.client);
  assert.equal(first.hlen, 2 * tokens.length);

  for (let round = 0; round < 10; round++)
    for (const token of tokens) assert.equal(await sidecar.ask(token), 'allow');
  assert.equal((await readsOf(server.client)).hlen, first.hlen, 'a warm Check asks nothing');
});

test('a first Check sends all it asks in one go', async () => {
  const { jwt } = await setup.createAccount('alone');
  await until('the account', async () => {
    const { text } = await sidecar.ready();
    return text.length > 0;
  });
  const monitor = await server.client.monitor();
  const seen: string[][] = [];
  const source = new Set<string>();
  monitor.on('monitor', (_time: string, args: string[], from: string) => {
    const [command = '', key = ''] = args;
    if (!/records:(?:credential|service_account)$/.test(key)) return;
    seen.push([command.toLowerCase(), key]);
    source.add(from);
  });
  try {
    assert.equal(await sidecar.ask(jwt), 'allow');
    await until('the commands', () => seen.length >= 4);
    assert.deepEqual(seen, [
      ['hlen', '{sallyport}:records:credential'],
      ['hmget', '{sallyport}:records:credential'],
      ['hlen', '{sallyport}:records:service_account'],
      ['hmget', '{sallyport}:records:service_account'],
    ]);
    assert.equal(source.size, 1, 'on one connection, one after the other');
  } finally {
    monitor.disconnect();
  }
});
