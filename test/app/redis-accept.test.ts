import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { runCli } from '../../src/cli/run-cli.ts';
import { createUsers, PASSWORDS } from '../support/acl-users.ts';
import { createContext } from '../support/command-line.ts';
import { type RedisServer, startRedis, until } from '../support/redis-servers.ts';
import {
  createRedisSetup,
  type RedisSetup,
  type RedisSidecar,
  redisSettings,
} from '../support/redis-sidecar.ts';

/** `store.max_staleness` here, in milliseconds. */
const BOUND = 2000;

interface Shown {
  readonly accepted: boolean;
  readonly epoch: string;
  readonly revision: number;
}

describe('a Redis that was put back to an older state', () => {
  let server: RedisServer;
  let setup: RedisSetup;
  let sidecar: RedisSidecar;
  let before1: string;
  let before2: string;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());
  beforeEach(async () => {
    await server.client.flushall();
    setup = await createRedisSetup(server.port);
    await setup.fill();
    before1 = (await setup.createAccount('early')).jwt;
    sidecar = await setup.start({
      store: { redis: redisSettings(server.port), max_staleness: `${BOUND}ms` },
    });
    await until('SERVING', async () => (await sidecar.health()) === 'SERVING');
    assert.equal(await sidecar.ask(before1), 'allow');
  });
  afterEach(() => sidecar.stop());

  const accept = (...args: string[]) => acceptWith({}, ...args);
  const acceptWith = async (settings: Readonly<Record<string, unknown>>, ...args: string[]) => {
    const { file = '' } = await setup.configFor(settings);
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const context = { ...createContext(setup.folder), env: {}, stdout, stderr, clock: Date.now };
    const code = await runCli(['store', 'accept', ...args, '--config', file, '-o', 'json'], context, '0.0.0');
    return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
  };
  const look = async (): Promise<Shown> => JSON.parse((await accept()).stdout);
  /** Every key as it is now, and the way back to it. */
  const snapshot = async () => {
    const keys = await server.client.keys('{sallyport}:*');
    const dumps = await Promise.all(keys.map((key) => server.client.dumpBuffer(key)));
    return async () => {
      const transaction = server.client.multi().flushall();
      for (const [index, key] of keys.entries()) transaction.restore(key, 0, dumps[index] ?? '');
      await transaction.exec();
    };
  };
  const failsClosed = async () => {
    await until('NOT_SERVING', async () => (await sidecar.health()) === 'NOT_SERVING');
    for (const token of [before1, undefined]) assert.equal(await sidecar.ask(token), 'grpc 14');
    assert.equal((await sidecar.ready()).status, 503);
  };
  const serves = () => until('SERVING', async () => (await sidecar.health()) === 'SERVING');

  test('is not followed: memory answers within the bound, then nothing; store accept has it followed', async () => {
    const putBack = await snapshot();
    before2 = (await setup.createAccount('late')).jwt;
    assert.equal(await sidecar.ask(before2), 'allow');
    await putBack();
    await until('the fault', () => JSON.stringify(sidecar.lines).includes('it was put back or replaced'));
    // Never a denial of a good credential: an answer from memory, or a failure.
    const answers = new Set<string>();
    await until('the bound to pass', async () => {
      answers.add(await sidecar.ask(before2));
      return answers.has('grpc 14') && (await sidecar.health()) === 'NOT_SERVING';
    });
    assert.ok(
      [...answers].every((answer) => answer === 'allow' || answer === 'grpc 14'),
      [...answers].join(),
    );
    await failsClosed();

    const shown = await look();
    assert.equal(shown.accepted, false);
    assert.equal(shown.revision, 2);
    const wrong = await accept('another-epoch');
    assert.deepEqual([wrong.code, wrong.stdout], [3, '']);
    await failsClosed();
    const accepted: Shown = JSON.parse((await accept(shown.epoch)).stdout);
    assert.deepEqual([accepted.accepted, accepted.revision], [true, 2]);
    assert.notEqual(accepted.epoch, shown.epoch);
    await serves();
    assert.equal(await sidecar.ask(before1), 'allow');
    assert.equal(await sidecar.ask(before2), '401');
    const next = (await setup.createAccount('next')).jwt;
    await until('the next account', async () => (await sidecar.ask(next)) === 'allow');
  });

  test('is followed again once it has come as far, and nothing of what it said before stays', async () => {
    const putBack = await snapshot();
    before2 = (await setup.createAccount('late')).jwt;
    assert.equal(await sidecar.ask(before2), 'allow');
    await putBack();
    await failsClosed();
    const other = (await setup.createAccount('other')).jwt;
    await serves();
    assert.equal(await sidecar.ask(other), 'allow');
    assert.equal(await sidecar.ask(before2), '401');
  });

  test('that was accepted before is not accepted for good', async () => {
    const { epoch } = await look();
    await accept(epoch);
    const putBack = await snapshot();
    const first = await look();
    await accept(first.epoch);
    const third = (await setup.createAccount('third')).jwt;
    await until('the second history', async () => (await sidecar.ask(third)) === 'allow');
    await putBack();
    await failsClosed();
    await accept((await look()).epoch);
    await serves();
  });

  test('or emptied and made anew is not followed either, until it is accepted', async () => {
    await server.client.flushall();
    await failsClosed();
    await setup.fill();
    await failsClosed();
    await accept((await look()).epoch);
    await serves();
    assert.equal(await sidecar.ask(before1), '401');
  });

  test('store accept makes no store where there is none', async () => {
    await server.client.flushall();
    const { code, stderr } = await accept();
    assert.equal(code, 4);
    assert.match(stderr, /there is no store/);
    assert.equal(await server.client.dbsize(), 0);
  });

  test('store accept of a user that may not says so, and changes nothing', async () => {
    await createUsers(server.client);
    const username = 'sallyport-sidecar';
    const login = { ...redisSettings(server.port), username, password: PASSWORDS.sidecar };
    const asSidecar = { store: { redis: login } };
    const shown = await acceptWith(asSidecar);
    assert.equal(shown.code, 0, 'it may look');
    const { epoch }: Shown = JSON.parse(shown.stdout);
    const refused = await acceptWith(asSidecar, epoch);
    assert.deepEqual([refused.code, refused.stdout], [4, '']);
    assert.match(
      refused.stderr,
      /Redis at 127\.0\.0\.1:\d+: this Redis user may not do that: docs\/redis\.md has the ACL of each user/,
    );
    assert.ok(!refused.stderr.includes(PASSWORDS.sidecar));
    assert.equal((await look()).epoch, epoch);
    const none = await acceptWith({ store: { redis: { ...login, password: 'wrong' } } }, epoch);
    assert.equal(none.code, 4);
    assert.match(none.stderr, /the user name or the password is wrong/);
  });
});
