import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type Store, StoreFormatError, StoreUnavailable } from '../../../src/store/port.ts';
import { RECORD_KINDS } from '../../../src/store/record.ts';
import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import type { RedisStoreOptions } from '../../../src/store/redis/redis-store-options.ts';
import { type RedisServer, startRedis, until } from '../../support/redis-servers.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { within } from '../../support/within.ts';
import { takeChanges } from '../events.ts';
import { parseCredentialId } from './credential-ids.ts';

const put = (kind: 'route' | 'policy' | 'credential' | 'namespace', id: string, value: unknown = { id }) => ({
  key: { kind, id } as const,
  value,
});

async function commit(store: Store, ...writes: ReturnType<typeof put>[]) {
  const result = await store.commit((await store.position()).revision, writes);
  assert.ok('committed' in result);
  return result.committed;
}

/** What a read comes to: how many milliseconds, and the error. */
async function attempt(read: () => Promise<unknown>): Promise<{ fault: unknown; milliseconds: number }> {
  const begun = performance.now();
  const fault = await read().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { fault, milliseconds: performance.now() - begun };
}

describe('a store in Redis', () => {
  let server: RedisServer;
  let prefix: string;
  let opened: RedisStore[] = [];
  let store: RedisStore;
  let stores = 0;
  const open = async (options: Partial<RedisStoreOptions> = {}) => {
    const next = await openRedisStore({
      place: { kind: 'standalone', address: server.address },
      prefix,
      ...options,
    });
    opened.push(next);
    return next;
  };
  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());
  beforeEach(async () => {
    prefix = `test-${++stores}`;
    store = await open();
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
  });
  const keyOf = (name: string) => `{${prefix}}:${name}`;

  test('on a server that may throw records away is refused', async () => {
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await assert.rejects(open(), (error) => {
        assert.ok(error instanceof StoreFormatError);
        assert.match(error.message, /127\.0\.0\.1:\d+ may throw records away .*maxmemory-policy allkeys-lru/);
        return true;
      });
      await server.client.config('SET', 'maxmemory-policy', 'volatile-lru');
      await open();
    } finally {
      await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test('on a replica, or where nothing listens, is refused with the address and no password', async () => {
    await server.client.replicaof('127.0.0.1', '1');
    try {
      await assert.rejects(open(), /127\.0\.0\.1:\d+: it is a replica/);
    } finally {
      await server.client.replicaof('NO', 'ONE');
    }
    await assert.rejects(
      open({
        place: { kind: 'standalone', address: { host: '127.0.0.1', port: 1 } },
        password: () => 'hunter2',
      }),
      (error) => {
        assert.ok(error instanceof StoreUnavailable);
        assert.match(error.message, /127\.0\.0\.1:1: nothing listens there/);
        return true;
      },
    );
    await assert.rejects(open({ password: () => 'hunter2' }), (error) => {
      assert.ok(error instanceof StoreUnavailable);
      assert.doesNotMatch(`${error.message}${JSON.stringify(error)}${String(error.cause)}`, /hunter2/);
      return true;
    });
  });

  test('that a newer version wrote, or whose head is lost, is refused', async () => {
    await commit(store, put('route', 'a'));
    await server.client.hset(keyOf('head'), 'format', '99');
    await assert.rejects(open(), /has format 99, and this version of sallyport knows 1 at most/);
    await server.client.hset(keyOf('head'), 'format', 'x');
    await assert.rejects(open(), StoreFormatError);
    await server.client.del(keyOf('head'));
    await assert.rejects(open(), /holds \{test-\d+\}:\S+, but nothing that says of which store/);
  });

  test('two that open an empty server at once make one history', async () => {
    prefix = `twice-${stores}`;
    const both = await Promise.all([open(), open(), open()]);
    const epochs = new Set(await Promise.all(both.map(async (each) => (await each.position()).epoch)));
    assert.equal(epochs.size, 1);
  });

  test('that was emptied answers nothing, not even that a record is absent', async () => {
    const position = await commit(store, put('credential', 'c'));
    await server.client.unlink(
      ...RECORD_KINDS.flatMap((kind) => [keyOf(`records:${kind}`), keyOf(`ids:${kind}`)]),
    );
    await assert.rejects(
      store.get([{ kind: 'credential', id: 'c' }]),
      /should hold 1 records .* and holds 0/,
    );
    await server.client.unlink(keyOf('head'), keyOf('log'));
    await assert.rejects(store.get([{ kind: 'credential', id: 'c' }]), /there is no store/);
    await assert.rejects(store.snapshot(), StoreUnavailable);
    await assert.rejects(store.commit(1, [put('route', 'a')]), StoreUnavailable);
    await assert.rejects(takeChanges(store, position, 1), StoreUnavailable);
    const again = await open();
    assert.deepEqual(await takeChanges(store, position, 1), [
      { type: 'gap', position: await again.position() },
    ]);
  });

  test('a commit worked out from another history of the same revision is a conflict', async () => {
    await commit(store, put('route', 'a'));
    await server.client.hset(keyOf('head'), 'epoch', 'another');
    assert.deepEqual(await store.commit(1, [put('route', 'b')]), {
      conflict: { epoch: 'another', revision: 1 },
    });
    assert.equal(await server.client.hlen(keyOf('records:route')), 1);
  });

  test('foreign values under its keys fail those records alone', async () => {
    await commit(store, put('policy', 'good'), put('policy', 'bad'), put('credential', 'c'));
    await server.client.hset(keyOf('records:policy'), 'bad', 'not ours');
    await server.client.hset(keyOf('records:policy'), 'extra', '7 {"id":"extra"}');
    await server.client.zadd(keyOf('ids:policy'), 0, 'ghost');
    const { records } = await store.snapshot();
    assert.deepEqual(
      records.map(({ id, value }) => [id, value]),
      [
        ['bad', undefined],
        ['ghost', undefined],
        ['good', { id: 'good' }],
      ],
    );
    assert.deepEqual((await store.get([{ kind: 'policy', id: 'bad' }]))[0]?.value, undefined);

    // A whole key of another type takes its kind with it, and nothing else.
    await server.client.del(keyOf('records:credential'));
    await server.client.set(keyOf('records:credential'), 'x');
    await assert.rejects(
      store.get([{ kind: 'credential', id: 'c' }]),
      /another program writes under the same prefix/,
    );
    assert.equal((await store.get([{ kind: 'policy', id: 'good' }]))[0]?.revision, 1);
    const before = await store.position();
    await assert.rejects(
      store.commit(1, [put('policy', 'good', 2), put('credential', 'd')]),
      /records:credential in .* holds something else/,
    );
    assert.deepEqual(await store.position(), before);
    assert.deepEqual((await store.get([{ kind: 'policy', id: 'good' }]))[0]?.value, { id: 'good' });
  });

  test('a snapshot with less than it should hold is not used', async () => {
    await commit(store, put('policy', 'a'), put('policy', 'b'));
    await server.client.zrem(keyOf('ids:policy'), 'a');
    await assert.rejects(store.snapshot(), /should hold 2 records of the kind policy and holds 1/);
  });

  test('a snapshot of many pages shows one moment while others write', async () => {
    const count = 1200;
    await commit(store, ...Array.from({ length: count }, (_, n) => put('route', `r${n}`, { n: 0 })));
    const writer = await open();
    let writing = true;
    const write = async () => {
      for (let n = 1; writing; n++)
        await commit(
          writer,
          put('route', 'r0', { n }),
          put('route', `r${count - 1}`, { n }),
          put('namespace', 'x', { n }),
        );
    };
    const running = write();
    try {
      for (let round = 0; round < 15; round++) {
        const { position, records } = await store.snapshot();
        const contentOf = (id: string) => records.find((record) => record.id === id)?.value;
        assert.deepEqual(contentOf('r0'), { n: position.revision - 1 });
        assert.deepEqual(contentOf(`r${count - 1}`), { n: position.revision - 1 });
        assert.equal(records.length, count + (position.revision > 1 ? 1 : 0));
      }
    } finally {
      writing = false;
      await running;
    }
  });

  test('a follower hears of a commit that has another namesake since as of a gap', async () => {
    const position = await commit(store, put('credential', 'a'));
    await takeChanges(store, { ...position, revision: 0 }, 1);
    // As a failover would that lost the commit, before another took its place.
    await server.client.hset(keyOf('head'), 'commit', 'another');
    await assert.rejects(store.get([{ kind: 'credential', id: 'a' }]), /lost some in a failover/);
    assert.deepEqual(await takeChanges(store, position, 1), [{ type: 'gap', position }]);
    assert.equal((await store.get([{ kind: 'credential', id: 'a' }]))[0]?.revision, 1);
  });

  test('a server whose memory is full keeps nothing of a commit, and is in contact all the same', async () => {
    const position = await commit(store, put('credential', 'a'));
    await server.client.config('SET', 'maxmemory', '1mb');
    try {
      await assert.rejects(store.commit(1, [put('credential', 'b')]), /its memory is full/);
      assert.deepEqual(await store.position(), position);
      assert.equal((await store.get([{ kind: 'credential', id: 'a' }]))[0]?.revision, 1);
      const ending = new AbortController();
      const hear = async () => {
        for await (const event of store.follow(position, ending.signal)) if (event.type === 'contact') return;
      };
      await within(hear(), 'contact');
      ending.abort();
    } finally {
      await server.client.config('SET', 'maxmemory', '0');
    }
    await commit(store, put('credential', 'b'));
  });

  test('last-used times: the newest stays, and a removed credential takes its own along', async () => {
    const [one, two] = [parseCredentialId('one'), parseCredentialId('two')];
    const other = await open();
    await commit(store, put('credential', one), put('credential', two));
    await store.telemetry.touchLastUsed(
      new Map([
        [one, 100],
        [two, 5],
      ]),
    );
    await other.telemetry.touchLastUsed(
      new Map([
        [one, 90],
        [two, 1_764_000_000_000],
      ]),
    );
    assert.deepEqual(await store.telemetry.readLastUsed([two, parseCredentialId('never'), one]), [
      1_764_000_000_000,
      undefined,
      100,
    ]);
    const { revision } = await store.position();
    await store.commit(revision, [{ key: { kind: 'credential', id: 'one' }, value: undefined }]);
    assert.deepEqual(await store.telemetry.readLastUsed([one, two]), [undefined, 1_764_000_000_000]);
  });

  test('what is said late of a credential that was deleted, or never was, leaves nothing behind', async () => {
    const [gone, never, kept] = ['gone', 'never', 'kept'].map(parseCredentialId);
    assert.ok(gone && never && kept);
    await commit(store, put('credential', gone), put('credential', kept));
    assert.deepEqual(await store.telemetry.readLastUsed([gone, kept]), [undefined, undefined], 'never used');
    await commit(store, { key: { kind: 'credential', id: gone }, value: undefined });
    await store.telemetry.touchLastUsed(
      new Map([
        [gone, 100],
        [never, 100],
        [kept, 100],
      ]),
    );
    assert.deepEqual(await store.telemetry.readLastUsed([gone, never, kept]), [undefined, undefined, 100]);
    // Revoking, or any other change, keeps the time.
    await commit(store, put('credential', kept, { id: kept, revoked: true }));
    assert.deepEqual(await server.client.call('ZRANGE', `{${prefix}}:last-used`, '0', '-1', 'WITHSCORES'), [
      kept,
      '100',
    ]);
  });

  test('entries of another program among the decisions hide none of ours, and readers get past them', async () => {
    const stream = `{${prefix}}:decisions`;
    await store.telemetry.appendDecisions(['one']);
    await server.client.xadd(stream, '*', 'x', 'foreign');
    await server.client.xadd(stream, '*', 'd', 'a', 'e', 'b');
    await server.client.xadd(stream, '*', 'd', Buffer.from([0xff, 0xfe]));
    await store.telemetry.appendDecisions(['two']);
    const lines: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.telemetry.readDecisions(after, 2);
      if (page.length === 0) break;
      lines.push(...page.map(({ line }) => line));
      after = page.at(-1)?.cursor;
    }
    assert.deepEqual(lines, ['one', '', '', '\ufffd\ufffd', 'two']);
    const backwards = await store.telemetry.readDecisions(undefined, 3, true);
    const rest = await store.telemetry.readDecisions(backwards.at(-1)?.cursor, 3, true);
    assert.deepEqual(
      [...backwards, ...rest].map(({ line }) => line),
      [...lines].reverse(),
    );
    assert.deepEqual(await store.telemetry.readDecisions(rest.at(-1)?.cursor, 3, true), []);
    for (const cursor of ['0-0', '00-0'])
      assert.deepEqual(await store.telemetry.readDecisions(cursor, 3, true), []);
  });

  test('decisions are read page by page, and only the newest stay', async () => {
    const small = await open({ decisionsLength: 200 });
    const lines = Array.from({ length: 1000 }, (_, n) => `line ${n}`);
    for (let n = 0; n < lines.length; n += 100)
      await small.telemetry.appendDecisions(lines.slice(n, n + 100));
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await small.telemetry.readDecisions(after, 64);
      if (page.length === 0) break;
      seen.push(...page.map(({ line }) => line));
      after = page.at(-1)?.cursor;
    }
    assert.ok(seen.length >= 200 && seen.length < 500, `${seen.length} kept`);
    assert.deepEqual(seen, lines.slice(-seen.length));
  });

  test('reads under way are bounded', async () => {
    const narrow = await open({ maxReads: 10 });
    const reads = await Promise.allSettled(
      Array.from({ length: 30 }, () => narrow.get([{ kind: 'credential', id: 'a' }])),
    );
    const refused = reads.filter((read) => read.status === 'rejected');
    assert.equal(refused.length, 20);
    assert.ok(refused.every(({ reason }) => /reads wait for Redis already/.test(String(reason))));
    await narrow.get([{ kind: 'credential', id: 'a' }]);
  });
});

describe('a Redis that fails', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let store: RedisStore;
  const credential = { kind: 'credential', id: 'c' } as const;
  const read = () => store.get([credential]);
  before(async () => {
    server = await startRedis();
    proxy = await startProxy(server.address);
  });
  after(async () => {
    await proxy.close();
    await server.stop();
  });
  beforeEach(async () => {
    await server.client.flushall();
    const address = { host: '127.0.0.1', port: proxy.port };
    store = await openRedisStore({ place: { kind: 'standalone', address } });
    await commit(store, put('credential', 'c'));
  });
  afterEach(async () => {
    proxy.heal();
    server.resume();
    await within(store.close(), 'the store to close');
  });
  const recovers = () => until('an answer', async () => (await attempt(read)).fault === undefined);
  /** No read takes longer than its deadline, and soon none takes any time at all. */
  const failsFast = async () => {
    let inARow = 0;
    await until('failures at once', async () => {
      const { fault, milliseconds } = await attempt(read);
      assert.ok(fault instanceof StoreUnavailable || fault === undefined, String(fault));
      assert.ok(milliseconds < 1000, `${milliseconds} ms`);
      inARow = fault !== undefined && milliseconds < 20 ? inARow + 1 : 0;
      return inARow >= 10;
    });
  };

  test('by being killed: reads fail at once, everything acknowledged is there after the restart', async () => {
    await server.kill();
    await failsFast();
    await server.restart();
    await recovers();
    assert.equal((await read())[0]?.revision, 1);
    await until(
      'a commit',
      async () => (await attempt(() => commit(store, put('route', 'a')))).fault === undefined,
    );
  });

  test('by hanging: reads end with their deadline, then at once; it goes on when it wakes', async () => {
    server.pause();
    await failsFast();
    const burst = await attempt(() => Promise.allSettled(Array.from({ length: 2000 }, read)));
    assert.ok(burst.milliseconds < 1000, `${burst.milliseconds} ms`);
    server.resume();
    await recovers();
  });

  for (const [what, harm] of [
    ['a cut connection', (): void => proxy.cut()],
    ['a connection that swallows everything', (): void => proxy.swallow()],
    ['a connection that is slow beyond the deadline', (): void => proxy.delay(2000)],
    ['a connection on which answers trickle', (): void => proxy.trickle(20)],
  ] as const)
    test(`behind ${what}: reads fail in time, and go on once it is healed`, async () => {
      harm();
      await failsFast();
      proxy.heal();
      await recovers();
    });

  test('behind a connection that is slow within the deadline: reads only take longer', async () => {
    proxy.delay(20);
    for (let n = 0; n < 5; n++) assert.equal((await read())[0]?.revision, 1);
  });

  test('while it is followed: following ends with an error in time, and resumes where it was', async () => {
    const position = await store.position();
    const follow = async () => {
      for await (const event of store.follow(position, new AbortController().signal))
        if (event.type === 'contact' && proxy.connections > 0) server.pause();
    };
    await assert.rejects(within(follow(), 'the end of following'), StoreUnavailable);
    server.resume();
    await recovers();
    const next = await commit(store, put('credential', 'd'));
    const [change] = await takeChanges(store, position, 1);
    assert.ok(change?.type === 'commit' && change.revision === next.revision);
  });

  test('a store is closed promptly whatever its server does, and leaves no connection', async () => {
    const following = takeChanges(store, await store.position(), 1).catch(() => undefined);
    await until('the follower to be connected', () => proxy.connections >= 2);
    server.pause();
    const reading = attempt(read);
    await within(store.close(), 'the store to close', 1000);
    assert.ok((await reading).fault instanceof StoreUnavailable);
    await following;
    await until('no connection to be left', () => proxy.connections === 0);
    await assert.rejects(read(), /is closed/);
  });
});
