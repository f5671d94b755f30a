import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type StoreEvent, StoreUnavailable } from '../../../src/store/port.ts';
import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import type { RedisStoreOptions } from '../../../src/store/redis/redis-store-options.ts';
import { createUsers, PASSWORDS } from '../../support/acl-users.ts';
import { BREAKABLE, breakSnapshots } from '../../support/misconf.ts';
import {
  type RedisServer,
  type SentinelSetup,
  startRedis,
  startSentinels,
  until,
} from '../../support/redis-servers.ts';
import { within } from '../../support/within.ts';

type Contact = Extract<StoreEvent, { type: 'contact' }>;

/** What following a store once comes to. */
interface Following {
  readonly contacts: readonly Contact[];
  fault(): unknown;
}

/** What a test has to give back, the last first, whether it passed or not. */
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function follow(store: RedisStore): Promise<Following> {
  const from = await store.position();
  const ending = new AbortController();
  const contacts: Contact[] = [];
  let fault: unknown;
  const following = (async () => {
    try {
      for await (const event of store.follow(from, ending.signal))
        if (event.type === 'contact') contacts.push(event);
    } catch (error) {
      fault = error;
    }
  })();
  endings.push(async () => {
    ending.abort();
    await within(following, 'the end of following');
  });
  return { contacts, fault: () => fault };
}

/** Waits until the store says that it is there and takes writes, or that it is there and takes none; and says it again. */
async function assertContact({ contacts, fault }: Following, writable: boolean): Promise<void> {
  const says = (contact: Contact | undefined) => contact && (contact.writable ?? true) === writable;
  await until(
    `contact that is${writable ? '' : ' not'} writable`,
    () => says(contacts.at(-1)) || fault() !== undefined,
  );
  assert.equal(fault(), undefined);
  const { length } = contacts;
  await until('more of it', () => contacts.length >= length + 2 || fault() !== undefined);
  assert.equal(fault(), undefined);
  assert.ok(contacts.slice(length).every(says));
}

async function assertNone(store: RedisStore, problem: RegExp): Promise<void> {
  const following = await follow(store);
  await until('the end of following', () => following.fault() !== undefined);
  const fault = following.fault();
  assert.ok(fault instanceof StoreUnavailable, String(fault));
  assert.match(fault.message, problem);
  assert.deepEqual(following.contacts, []);
}

describe('a primary that answers reads and takes no writes', () => {
  let server: RedisServer;
  const open = async (options: Partial<RedisStoreOptions> = {}) => {
    const store = await openRedisStore({
      place: { kind: 'standalone', address: server.address },
      ...options,
    });
    endings.push(() => store.close());
    return store;
  };
  const set = async (name: string, value: number) => {
    await server.client.config('SET', name, value);
    endings.push(() => server.client.config('SET', name, 0));
  };
  /** Returns what mends it, which happens at the end in any case. */
  const breakDisk = async () => {
    const mend = await breakSnapshots(server.client);
    let mended: Promise<void> | undefined;
    const once = () => (mended ??= mend());
    endings.push(once);
    return once;
  };
  before(async () => {
    server = await startRedis({ config: ['--appendonly', 'no', ...BREAKABLE] });
    await createUsers(server.client);
  });
  after(() => server.stop());

  test('for want of a place for its snapshot (MISCONF) is contact, and says that it is not writable', async () => {
    const store = await open();
    const following = await follow(store);
    await assertContact(following, true);
    const mend = await breakDisk();
    await assertContact(following, false);
    const { revision } = await store.position();
    await assert.rejects(store.commit(revision, [{ key: { kind: 'route', id: 'a' }, value: {} }]), {
      name: 'StoreUnavailable',
      message: /cannot write its snapshot/,
    });
    await mend();
    await assertContact(following, true);
  });

  test('can be opened, read and followed from the start on, by the sidecars’ user and by one without a password', async () => {
    await (await open()).position();
    await breakDisk();
    for (const login of [{}, { username: 'sallyport-sidecar', password: () => PASSWORDS.sidecar }]) {
      const store = await open(login);
      await store.snapshot();
      await assertContact(await follow(store), false);
    }
  });

  test('for want of memory (OOM) is contact, and says that it is not writable', async () => {
    const following = await follow(await open());
    await set('maxmemory', 1);
    await assertContact(following, false);
    await server.client.config('SET', 'maxmemory', 0);
    await assertContact(following, true);
  });

  test('for want of both is contact', async () => {
    const following = await follow(await open());
    await breakDisk();
    await set('maxmemory', 1);
    await assertContact(following, false);
  });

  test('is no contact without the replicas that it asks for (NOREPLICAS), which MISCONF and OOM hide', async () => {
    const store = await open();
    await set('min-replicas-to-write', 1);
    await assertNone(store, /too few replicas/);
    await set('maxmemory', 1);
    await assertNone(store, /too few replicas/);
    await server.client.config('SET', 'maxmemory', 0);
    // A server that asks for replicas it has not got could not be seen to refuse for want of its disk.
    await server.client.config('SET', 'min-replicas-to-write', 0);
    await breakDisk();
    await server.client.config('SET', 'min-replicas-to-write', 1);
    await assertNone(store, /cannot write its snapshot/);
    await server.client.config('SET', 'maxmemory', 1);
    await assertNone(store, /cannot write its snapshot/);
    // Before the disk is mended, which is seen by a write.
    await server.client.config('SET', 'maxmemory', 0);
    await server.client.config('SET', 'min-replicas-to-write', 0);
  });

  test('is no contact where its user may not write (NOPERM)', async () => {
    await server.client.call('ACL', 'SETUSER', 'reader', 'on', '>x', '~*', '+@all', '-set', '-pexpire');
    await (await open()).position();
    const reader = await open({ username: 'reader', password: () => 'x' });
    await assertNone(reader, /may not do that/);
    await breakDisk();
    await assertNone(reader, /may not do that/);
  });

  test('is no contact once it is a replica (READONLY), whatever its disk is like', async () => {
    const following = await follow(await open());
    await breakDisk();
    await assertContact(following, false);
    await server.client.replicaof('127.0.0.1', '1');
    endings.push(() => server.client.replicaof('NO', 'ONE'));
    await until('the end of following', () => following.fault() !== undefined);
    assert.match(String(following.fault()), /master -> replica|it is a replica|cannot write its snapshot/);
    await assert.rejects(open(), /it is a replica/);
  });
});

describe('a primary with a replica and Sentinels that takes no writes', () => {
  let setup: SentinelSetup;
  const open = async (minReplicas: number) => {
    const store = await openRedisStore({
      place: { kind: 'sentinel', name: setup.name, nodes: setup.sentinels.map(({ address }) => address) },
      minReplicas,
    });
    endings.push(() => store.close());
    return store;
  };
  before(async () => {
    const replicas = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '10'];
    setup = await startSentinels({ config: [...replicas, ...BREAKABLE] });
  });
  after(() => setup.stop());

  test('is contact as long as it has its replica and more than half of the Sentinels name it', async () => {
    const store = await open(1);
    endings.push(await breakSnapshots(setup.primary.client));
    const following = await follow(store);
    await assertContact(following, false);

    // One that asks for two replicas would take no writes with the one that is there.
    await assertNone(await open(2), /cannot write its snapshot/);

    const silent = setup.sentinels.slice(0, 2);
    for (const sentinel of silent) sentinel.pause();
    endings.push(async () => {
      for (const sentinel of silent) sentinel.resume();
    });
    await until('the end of following', () => following.fault() !== undefined);
    assert.match(String(following.fault()), /the Sentinels do not say that it is the primary/);
  });
});
