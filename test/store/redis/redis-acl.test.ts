import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { StoreUnavailable } from '../../../src/store/port.ts';
import { RECORD_KINDS } from '../../../src/store/record.ts';
import { COMMIT } from '../../../src/store/redis/commit-writes.ts';
import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import { createUsers, PASSWORDS } from '../../support/acl-users.ts';
import { type RedisServer, startRedis } from '../../support/redis-servers.ts';
import { takeChanges } from '../events.ts';
import { parseCredentialId } from './credential-ids.ts';

const credential = parseCredentialId('billing');

describe('the Redis users of docs/redis.md', () => {
  let server: RedisServer;
  let admin: RedisStore;
  let sidecar: RedisStore;
  const opened: RedisStore[] = [];
  const clients: Redis[] = [];
  const open = async (user: keyof typeof PASSWORDS) => {
    const store = await openRedisStore({
      place: { kind: 'standalone', address: server.address },
      username: `sallyport-${user}`,
      password: () => PASSWORDS[user],
    });
    opened.push(store);
    return store;
  };
  before(async () => {
    server = await startRedis();
    await createUsers(server.client);
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(opened.map((store) => store.close()));
    await server.stop();
  });

  test('a sidecar that finds no store says that the admin comes first, and makes none', async () => {
    await assert.rejects(open('sidecar'), (error) => {
      assert.ok(error instanceof StoreUnavailable);
      assert.match(error.message, /there is no store .* start with the admin's user first/);
      return true;
    });
    assert.equal(await server.client.dbsize(), 0);
  });

  test("the admin's user does everything that a store does", async () => {
    admin = await open('admin');
    const taking = takeChanges(admin, await admin.position(), 1);
    const result = await admin.commit(
      0,
      RECORD_KINDS.map((kind) => ({ key: { kind, id: 'one' }, value: { id: 'one' } })).concat({
        key: { kind: 'credential', id: credential },
        value: { id: credential },
      }),
    );
    assert.ok('committed' in result);
    assert.equal((await taking)[0]?.type, 'commit');
    assert.equal((await admin.snapshot()).records.length, 3);
    assert.equal((await admin.list('user_id', { limit: 5 })).length, 1);
    const removed = await admin.commit(1, [{ key: { kind: 'user_id', id: 'one' }, value: undefined }]);
    assert.ok('committed' in removed);
    await admin.telemetry.touchLastUsed(new Map([[credential, 1]]));
    await admin.telemetry.heartbeat();
  });

  test("the sidecars' user reads everything, follows, and writes what is for it", async () => {
    sidecar = await open('sidecar');
    const position = await sidecar.position();
    assert.equal((await sidecar.get([{ kind: 'credential', id: 'one' }], position))[0]?.revision, 1);
    assert.equal((await sidecar.snapshot()).records.length, 3);
    assert.equal((await sidecar.list('route', { limit: 5 })).length, 1);
    const changes = await takeChanges(sidecar, { ...position, revision: 0 }, 2);
    assert.deepEqual(
      changes.map(({ type }) => type),
      ['commit', 'commit'],
    );
    await sidecar.telemetry.heartbeat();
    await sidecar.telemetry.touchLastUsed(new Map([[credential, 7]]));
    assert.deepEqual(await sidecar.telemetry.readLastUsed([credential]), [7]);
    await sidecar.telemetry.appendDecisions(['a', 'b']);
    assert.deepEqual(
      (await sidecar.telemetry.readDecisions(undefined, 10)).map(({ line }) => line),
      ['a', 'b'],
    );
  });

  test('a commit of the sidecars’ user fails, says why, and leaves everything as it was', async () => {
    const before = await dump(server.client);
    await assert.rejects(
      sidecar.commit(2, [{ key: { kind: 'credential', id: 'one' }, value: { id: 'forged' } }]),
      (error) => {
        assert.ok(error instanceof StoreUnavailable);
        assert.match(error.message, /127\.0\.0\.1:\d+: this Redis user may not do that/);
        assert.doesNotMatch(error.message, /secret|forged/);
        return true;
      },
    );
    assert.deepEqual(await dump(server.client), before);
  });

  test('the commit script run by a sidecar that may run scripts still writes nothing', async () => {
    await server.client.call('ACL', 'SETUSER', 'sallyport-sidecar', '+eval', '+evalsha', '+hget', '+type');
    const before = await dump(server.client);
    const [epoch = ''] = await server.client.hmget('{sallyport}:head', 'epoch');
    const keys = [
      'head',
      'log',
      'last-used',
      ...RECORD_KINDS.flatMap((kind) => [`records:${kind}`, `ids:${kind}`]),
    ];
    const client = await connectAs('sidecar');
    await assert.rejects(
      client.call(
        'EVAL',
        COMMIT.text,
        String(keys.length),
        ...keys.map((key) => `{sallyport}:${key}`),
        ...['1', epoch ?? '', '2', '3', 'name', '1000', '[]', '1', '1', 'forged', '3 {}'],
      ),
      /NOPERM/,
    );
    // Nor where the keys are not named beforehand, which is what Redis would check by itself.
    await assert.rejects(
      client.call('EVAL', "return redis.call('HSET', '{sallyport}:head', 'revision', '9')", '0'),
      /can't run this command|NOPERM/,
    );
    await createUsersAnew();
    assert.deepEqual(await dump(server.client), before);
  });

  test("no command that writes changes anything that is not the sidecars'", async () => {
    const client = await connectAs('sidecar');
    const names = await server.client.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'write');
    const all = await server.client.call('COMMAND', 'LIST');
    assert.ok(Array.isArray(names) && Array.isArray(all));
    const tried = [...names, ...all.filter((name) => OTHER_COMMANDS.test(String(name)))].map(String);
    assert.ok(tried.length > 100, `${tried.length} commands`);
    const before = await dump(server.client);
    for (const protectedKey of [
      '{sallyport}:head',
      '{sallyport}:log',
      '{sallyport}:records:credential',
      'elsewhere',
    ]) {
      for (const name of tried) {
        const [info] = (await server.client.call('COMMAND', 'INFO', name)) as [[string, number]];
        const count = Math.max(Math.abs(info[1]) - 1, 1);
        for (const args of argumentsFor(protectedKey, count)) {
          const reply = await client.call(name, ...args).catch((error: Error) => error);
          assert.ok(reply instanceof Error, `${name} ${args.join(' ')}: ${String(reply)}`);
        }
      }
    }
    // What it may do elsewhere, it may not do here.
    for (const [name, ...args] of [
      ['zadd', '{sallyport}:ids:credential', '0', 'x'],
      ['xadd', '{sallyport}:log', '*', 'a', 'b'],
      ['xadd', '{sallyport}:log', 'MAXLEN', '0', '*', 'a', 'b'],
      ['set', '{sallyport}:head', 'x'],
      ['set', '{sallyport}:decisions', 'x'],
      ['set', '{sallyport}:last-used', 'x'],
      ['pexpire', '{sallyport}:head', '1'],
      ['pexpire', '{sallyport}:last-used', '1'],
      ['set', '{other}:heartbeat:x', 'x'],
      ['hmget', '{other}:head', 'x'],
    ] as const)
      await assert.rejects(client.call(name, ...args), /NOPERM/, `${name} ${args.join(' ')}`);
    assert.deepEqual(await dump(server.client), before);
  });

  async function connectAs(user: keyof typeof PASSWORDS): Promise<Redis> {
    const client = new Redis({
      ...server.address,
      protocol: 2,
      username: `sallyport-${user}`,
      password: PASSWORDS[user],
      enableReadyCheck: false,
      lazyConnect: true,
      disableClientInfo: true,
    });
    clients.push(client);
    await client.connect();
    return client;
  }

  async function createUsersAnew(): Promise<void> {
    await server.client.call('ACL', 'DELUSER', 'sallyport-sidecar');
    await createUsers(server.client);
  }
});

const OTHER_COMMANDS =
  /^(eval|evalsha|eval_ro|evalsha_ro|fcall|fcall_ro|function|script|config|acl|shutdown|debug|replicaof|slaveof|failover|module|client|cluster|swapdb|publish|save|bgsave|bgrewriteaof|monitor|keys|scan|watch)$/;

/** As many as a command takes at least, the key in every place that it may have. */
function argumentsFor(key: string, count: number): string[][] {
  const ones = Array<string>(count).fill('1');
  return [Array<string>(count).fill(key), [key, ...ones], ['1', ...Array<string>(count).fill(key)]];
}

/** Everything in a server but heartbeats, whose time runs. */
async function dump(client: Redis): Promise<Record<string, string>> {
  const keys = (await client.keys('*')).filter((key) => !key.includes('heartbeat')).sort();
  const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, index) => [key, values[index]?.toString('base64') ?? '']));
}
