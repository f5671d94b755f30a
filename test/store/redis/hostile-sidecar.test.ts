import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { runCli } from '../../../src/cli/run-cli.ts';
import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import { createUsers, PASSWORDS } from '../../support/acl-users.ts';
import { createContext, type Outcome } from '../../support/command-line.ts';
import { type RedisServer, startRedis } from '../../support/redis-servers.ts';
import { createRedisSetup, type RedisSetup, redisSettings } from '../../support/redis-sidecar.ts';
import { parseCredentialId } from './credential-ids.ts';

const LAST_USED = '{sallyport}:last-used';
const DECISIONS = '{sallyport}:decisions';
const HEARTBEAT = '{sallyport}:heartbeat:evil';
const LAST_ID = '18446744073709551615-18446744073709551615';
const MB = 1024 * 1024;

/** What the clients in it may do: the sidecar's user, and one that may do everything, such as another program. */
interface Clients {
  readonly sidecar: Redis;
  readonly anybody: Redis;
  /** The credential of the account in the store. */
  readonly credential: string;
}

type Attack = readonly [what: string, (clients: Clients) => Promise<unknown>];

const put = async (redis: Redis, ...commands: (readonly [string, ...(string | number)[]])[]) => {
  for (const [name, ...args] of commands) await redis.call(name, ...args.map(String));
};

// Everything in Redis that a sidecar can write, or that has come to another type by whatever way.
const ATTACKS: readonly Attack[] = [
  [
    'a last-used time that no date can hold',
    ({ sidecar, credential }) => put(sidecar, ['ZADD', LAST_USED, '9000000000000000', credential]),
  ],
  [
    'a last-used time beyond the year 9999',
    ({ sidecar, credential }) => put(sidecar, ['ZADD', LAST_USED, '253402300800000', credential]),
  ],
  [
    'a last-used time of infinity',
    ({ sidecar, credential }) => put(sidecar, ['ZADD', LAST_USED, 'inf', credential]),
  ],
  [
    'a last-used time before all time',
    ({ sidecar, credential }) => put(sidecar, ['ZADD', LAST_USED, '-inf', credential]),
  ],
  [
    'a last-used time of the largest double',
    ({ sidecar, credential }) => put(sidecar, ['ZADD', LAST_USED, '1.7976931348623157e308', credential]),
  ],
  [
    'a last-used time with a fraction',
    ({ sidecar, credential }) => put(sidecar, ['ZADD', LAST_USED, '0.25', credential]),
  ],
  [
    'last-used times of credentials that are none',
    ({ sidecar }) =>
      put(sidecar, [
        'ZADD',
        LAST_USED,
        1,
        '',
        1,
        '\0',
        1,
        '../../etc',
        1,
        'x'.repeat(8 * MB),
        1,
        '\u202e\ud83d\ude00',
      ]),
  ],
  [
    'a hundred thousand of them',
    async ({ sidecar }) => {
      for (let batch = 0; batch < 100; batch++)
        await put(sidecar, [
          'ZADD',
          LAST_USED,
          ...Array.from({ length: 1000 }, (_, n) => [1, `evil-${batch}-${n}`]).flat(),
        ]);
    },
  ],
  ...['string', 'list', 'hash', 'set', 'stream'].map(
    (type): Attack => [`last-used times made a ${type}`, ({ anybody }) => make(anybody, LAST_USED, type)],
  ),
  ['no last-used times at all', ({ anybody }) => put(anybody, ['DEL', LAST_USED])],
  ['a decision with the highest id', ({ sidecar }) => put(sidecar, ['XADD', DECISIONS, LAST_ID, 'd', '{}'])],
  [
    'a decision with an id of the year 5000',
    ({ sidecar }) => put(sidecar, ['XADD', DECISIONS, '95617584000000-0', 'd', '{}']),
  ],
  ['the stream cut to one', ({ sidecar }) => put(sidecar, ['XADD', DECISIONS, 'MAXLEN', 1, '*', 'd', '{}'])],
  [
    'the stream cut to nothing',
    ({ sidecar }) => put(sidecar, ['XADD', DECISIONS, 'MAXLEN', 0, '*', 'd', '{}']),
  ],
  [
    'decisions that are none',
    ({ sidecar }) =>
      put(
        sidecar,
        ['XADD', DECISIONS, '*', 'd', ''],
        ['XADD', DECISIONS, '*', 'x', 'y'],
        ['XADD', DECISIONS, '*', 'd', '{}', 'd', '{}'],
        ['XADD', DECISIONS, '*', 'd', '[null'],
        ['XADD', DECISIONS, '*', 'd', '['.repeat(60_000)],
        ['XADD', DECISIONS, '*', 'd', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
        ['XADD', DECISIONS, '*', 'd', '{"__proto__":{"event":"decision"}}'],
        ['XADD', DECISIONS, '*', 'd', '\0\u0085\u2028'],
        [
          'XADD',
          DECISIONS,
          '*',
          'd',
          JSON.stringify({ ...DECISION, path: '/\u001b[2J\u202e\n', host: '\u0007' }),
        ],
        ['XADD', DECISIONS, '*', ...Array.from({ length: 20_000 }, (_, n) => `f${n}`)],
      ),
  ],
  [
    'decisions of 8 MB each',
    async ({ sidecar }) => {
      for (let n = 0; n < 12; n++)
        await put(sidecar, [
          'XADD',
          DECISIONS,
          '*',
          'd',
          JSON.stringify({ ...DECISION, path: `/${'x'.repeat(8 * MB)}` }),
        ]);
    },
  ],
  ...['string', 'list', 'hash', 'set', 'zset'].map(
    (type): Attack => [`the decisions made a ${type}`, ({ anybody }) => make(anybody, DECISIONS, type)],
  ),
  [
    'a heartbeat of 8 MB that never ends',
    ({ sidecar }) => put(sidecar, ['SET', HEARTBEAT, 'x'.repeat(8 * MB)]),
  ],
  [
    'ten thousand heartbeats',
    async ({ sidecar }) => {
      const pipeline = sidecar.pipeline(
        Array.from({ length: 10_000 }, (_, n) => ['set', `{sallyport}:heartbeat:${n}`, 'x']),
      );
      await pipeline.exec();
    },
  ],
  ...['list', 'hash', 'set', 'zset', 'stream'].map(
    (type): Attack => [`a heartbeat made a ${type}`, ({ anybody }) => make(anybody, HEARTBEAT, type)],
  ),
];

const DECISION = {
  event: 'decision',
  time: '2026-01-01T00:00:00Z',
  verdict: 'deny',
  reason: 'forged',
  method: 'GET',
  host: 'a.com',
  path: '/forged',
};

async function make(redis: Redis, key: string, type: string): Promise<void> {
  await redis.del(key);
  const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
    string: ['SET', key, 'x'],
    list: ['RPUSH', key, 'x'],
    hash: ['HSET', key, 'x', 'y'],
    set: ['SADD', key, 'x'],
    zset: ['ZADD', key, '1', 'x'],
    stream: ['XADD', key, '*', 'x', 'y'],
  };
  const command = commands[type];
  assert.ok(command);
  await put(redis, command);
}

describe('what a compromised sidecar, or another program, leaves in the keys that sidecars write', () => {
  let server: RedisServer;
  let setup: RedisSetup;
  let file: string;
  let clients: Clients;
  let names = 0;
  let account: string;
  const closing: (() => unknown)[] = [];

  const connectAs = async (user: keyof typeof PASSWORDS) => {
    const redis = new Redis({
      ...server.address,
      protocol: 2,
      username: `sallyport-${user}`,
      password: PASSWORDS[user],
      enableReadyCheck: false,
      lazyConnect: true,
      disableClientInfo: true,
    });
    closing.push(() => redis.disconnect());
    await redis.connect();
    return redis;
  };
  const storeAs = async (user: keyof typeof PASSWORDS): Promise<RedisStore> => {
    const store = await openRedisStore({
      place: { kind: 'standalone', address: server.address },
      username: `sallyport-${user}`,
      password: () => PASSWORDS[user],
      access: user === 'admin' ? 'write' : 'read',
    });
    closing.push(() => store.close());
    return store;
  };
  /** The command line of an operator, with the admin's user. */
  const run = async (...args: string[]): Promise<Outcome> => {
    const [stdout, stderr] = [new PassThrough({ highWaterMark: 1 << 26 }), new PassThrough()];
    const context = { ...createContext(setup.folder), env: {}, stdout, stderr, clock: Date.now };
    const code = await runCli([...args, '--config', file], context, '0.0.0');
    return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
  };
  const succeeds = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  before(async () => {
    server = await startRedis({ config: ['--appendonly', 'no'] });
    await createUsers(server.client);
    setup = await createRedisSetup(server.port);
    await setup.fill();
    const config = await setup.configFor({
      store: {
        redis: { ...redisSettings(server.port), username: 'sallyport-admin', password: PASSWORDS.admin },
      },
    });
    file = config.file ?? '';
    clients = { sidecar: await connectAs('sidecar'), anybody: server.client, credential: '' };
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
    await server.stop();
  });
  beforeEach(async () => {
    account = `robot-${++names}`;
    const { credential } = await setup.createAccount(account);
    clients = { ...clients, credential: credential.id };
  });
  afterEach(async () => {
    await succeeds('store', 'repair');
  });

  for (const [what, attack] of ATTACKS)
    test(`${what}: an operator lists, shows, creates, revokes and repairs, and all is well again`, async () => {
      await attack(clients);

      assert.match(await succeeds('sa', 'list'), new RegExp(`^${account} `, 'm'));
      const shown: { last_used_at: string | null } = JSON.parse(
        await succeeds('sa', 'show', account, '-o', 'json'),
      );
      if (shown.last_used_at !== null) assert.match(shown.last_used_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      await succeeds(
        'sa',
        'create',
        '--id',
        `${account}-new`,
        '--user-id',
        `${account}-new`,
        '--namespace',
        'team-a',
      );
      await succeeds('sa', 'revoke', account);
      await succeeds('sa', 'delete', `${account}-new`);
      const tail = await run('decisions', 'tail');
      // A stream that is none can't be shown, and the error says what helps.
      if (tail.code !== 0) assert.match(tail.stderr, /sallyport store repair/);
      for (const character of ['\u001b', '\u0007']) assert.ok(!tail.stdout.includes(character));

      await succeeds('store', 'repair');
      const sidecar = await storeAs('sidecar');
      const id = parseCredentialId(clients.credential);
      const now = Date.now();
      await sidecar.telemetry.touchLastUsed(new Map([[id, now]]));
      assert.deepEqual(await sidecar.telemetry.readLastUsed([id]), [now]);
      await sidecar.telemetry.appendDecisions([
        JSON.stringify({ ...DECISION, reason: 'user-ok', path: '/after' }),
      ]);
      assert.match(await succeeds('decisions', 'tail'), /\/after/);
      assert.doesNotMatch(await succeeds('decisions', 'tail'), /forged/);
      await sidecar.telemetry.heartbeat();
      assert.equal((await server.client.keys('{sallyport}:heartbeat:*')).length, 1);
      await sidecar.close();
    });

  test('repair keeps times that can be, and only those', async () => {
    const [past, future] = [Date.now() - 60_000, Date.now() + 3_600_000];
    const other = (await setup.createAccount(`${account}-b`)).credential.id;
    await put(clients.sidecar, ['ZADD', LAST_USED, past, clients.credential, future, other, 5, 'none']);
    const { last_used: times }: { last_used: { kept: number } } = JSON.parse(
      await succeeds('store', 'repair', '--only', 'last-used', '-o', 'json'),
    );
    assert.ok(times.kept >= 1);
    assert.equal(await server.client.zscore(LAST_USED, clients.credential), String(past));
    assert.equal(await server.client.zscore(LAST_USED, other), '0');
    assert.equal(await server.client.zscore(LAST_USED, 'none'), null);
  });

  test('repair does what --only says, and with --dry-run nothing', async () => {
    await put(clients.sidecar, ['XADD', DECISIONS, '*', 'd', '{}'], ['SET', HEARTBEAT, 'x']);
    await make(server.client, LAST_USED, 'string');
    const dry = await run('store', 'repair', '--dry-run');
    assert.match(dry.stdout, /Last-used times +string: expected zset\nDecisions +stream\n/);
    assert.match(dry.stderr, /Nothing was changed/);
    assert.equal(await server.client.exists(DECISIONS, HEARTBEAT, LAST_USED), 3);
    const { code, stderr } = await run('store', 'repair', '--only', 'heartbeats');
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`^on the store in .*127\\.0\\.0\\.1:${server.port}`));
    assert.equal(await server.client.exists(HEARTBEAT), 0);
    assert.equal(await server.client.exists(DECISIONS), 1);
    assert.equal(await server.client.type(LAST_USED), 'string');
  });

  test("repair by a sidecar's user fails, and changes nothing", async () => {
    const config = await setup.configFor({
      store: {
        redis: { ...redisSettings(server.port), username: 'sallyport-sidecar', password: PASSWORDS.sidecar },
      },
    });
    await put(clients.sidecar, ['XADD', DECISIONS, '*', 'd', '{}']);
    const context = { ...createContext(setup.folder), env: {}, stderr: new PassThrough(), clock: Date.now };
    assert.equal(await runCli(['store', 'repair', '--config', config.file ?? ''], context, '0.0.0'), 4);
    assert.match(String(context.stderr.read()), /this Redis user may not do that/);
    assert.equal(await server.client.exists(DECISIONS), 1);
  });

  for (const [what, fill] of [
    ['decisions', (n: number) => ['XADD', DECISIONS, '*', 'd', `${n}`.repeat(MB)]],
    ['heartbeats', (n: number) => ['SET', `{sallyport}:heartbeat:${n}`, `${n}`.repeat(MB)]],
  ] as const)
    test(`memory that a sidecar fills with ${what}: a revocation removes them and is kept`, async () => {
      const warnings: string[] = [];
      await server.client.config('SET', 'maxmemory', 64 * MB);
      try {
        await assert.rejects(
          (async () => {
            for (let n = 10; n < 99; n++) {
              const [name = '', ...args] = fill(n);
              await clients.sidecar.call(name, ...args);
            }
          })(),
          /OOM/,
        );
        // Until not even a small one fits.
        await assert.rejects(
          (async () => {
            for (let n = 0; ; n++)
              await clients.sidecar.call('SET', `{sallyport}:heartbeat:small-${n}`, 'x'.repeat(10_000));
          })(),
          /OOM/,
        );
        const admin = await openRedisStore({
          place: { kind: 'standalone', address: server.address },
          username: 'sallyport-admin',
          password: () => PASSWORDS.admin,
          onWarning: (warning) => warnings.push(warning),
        });
        closing.push(() => admin.close());
        await succeeds('sa', 'revoke', account);
        assert.equal(await server.client.exists(DECISIONS), 0);
        assert.deepEqual(await server.client.keys('{sallyport}:heartbeat:*'), []);
      } finally {
        await server.client.config('SET', 'maxmemory', 0);
      }
      assert.deepEqual(
        warnings.filter((warning) => /no right/.test(warning)),
        [],
      );
    });

  test('memory that a sidecar fills with last-used times: repair makes room, and then a revocation is kept', async () => {
    await server.client.config('SET', 'maxmemory', 64 * MB);
    try {
      await assert.rejects(
        (async () => {
          for (let n = 0; ; n++)
            await clients.sidecar.call('ZADD', LAST_USED, '1', `${n}${'x'.repeat(10_000)}`);
        })(),
        /OOM/,
      );
      const refused = await run('sa', 'revoke', account);
      assert.equal(refused.code, 4);
      assert.match(refused.stderr, /memory is full .*sallyport store repair/);
      await succeeds('store', 'repair');
      await succeeds('sa', 'revoke', account);
    } finally {
      await server.client.config('SET', 'maxmemory', 0);
    }
  });

  test('an admin’s user without the rights for that is reported at the start', async () => {
    const open = async (access: 'read' | 'write', user: keyof typeof PASSWORDS) => {
      const warnings: string[] = [];
      const store = await openRedisStore({
        place: { kind: 'standalone', address: server.address },
        username: `sallyport-${user}`,
        password: () => PASSWORDS[user],
        access,
        onWarning: (warning) => warnings.push(warning),
      });
      await store.close();
      return warnings.filter((warning) => !warning.includes('append-only'));
    };
    assert.deepEqual(await open('write', 'admin'), []);
    await server.client.call('ACL', 'SETUSER', 'sallyport-admin', '-del', '-scan');
    try {
      const [warning, ...others] = await open('write', 'admin');
      assert.match(
        warning ?? '',
        /the admin's user has no right to DEL and SCAN: .*docs\/redis\.md has its ACL/,
      );
      assert.deepEqual(others, []);
      assert.deepEqual(await open('read', 'sidecar'), []);
    } finally {
      await server.client.call('ACL', 'SETUSER', 'sallyport-admin', '+del', '+scan');
    }
  });
});
