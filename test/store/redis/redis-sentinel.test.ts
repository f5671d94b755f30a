import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Store, StoreUnavailable } from '../../../src/store/port.ts';
import { openRedisStore, type RedisStore } from '../../../src/store/redis/redis-store.ts';
import { type SentinelSetup, startSentinels, until } from '../../support/redis-servers.ts';
import { within } from '../../support/within.ts';
import { describeStoreContract } from '../store-contract.ts';
import { contractStoresIn } from './open-contract-store.ts';

describe('Redis with Sentinels', () => {
  let setup: SentinelSetup;
  before(async () => {
    setup = await startSentinels();
  });
  after(() => setup.stop());

  describeStoreContract(
    'Redis with Sentinels',
    contractStoresIn(() => ({
      kind: 'sentinel',
      name: setup.name,
      nodes: setup.sentinels.map(({ address }) => address),
    })),
  );
});

describe('a failover in the middle of writes', () => {
  let setup: SentinelSetup;
  const opened: RedisStore[] = [];
  const open = async () => {
    const store = await openRedisStore({
      place: {
        kind: 'sentinel',
        name: setup.name,
        nodes: setup.sentinels.map(({ address }) => address),
      },
      waitReplicas: 1,
      waitTimeout: 500,
    });
    opened.push(store);
    return store;
  };
  before(async () => {
    setup = await startSentinels();
  });
  after(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await setup.stop();
  });

  test('an acknowledged commit survives it, others fail or conflict, and followers go on', async () => {
    const writer = await open();
    const reader = await open();
    const { acknowledged, count, stop } = write(writer);
    const followed = followAnew(reader);
    await until('some commits', () => acknowledged.size >= 50);

    await setup.primary.kill();
    await until(
      'the Sentinels to name the replica',
      async () => (await setup.named()) === setup.replica.port,
    );
    // Nothing is acknowledged any more, as no replica is left: the old primary comes back as one.
    await setup.primary.restart();
    // The Sentinels would do the same, ten seconds later.
    await setup.primary.client.replicaof('127.0.0.1', setup.replica.port);
    const before = acknowledged.size;
    await until('commits on the new primary', () => acknowledged.size >= before + 50);
    await stop();

    assert.ok(count.unavailable > 0, 'nothing failed while there was no primary');
    // Each handle finds the new primary in its own time.
    const isBack = () =>
      reader.position().then(
        () => true,
        () => false,
      );
    await until('the reader to be back', isBack);
    const position = await reader.position();
    const held = new Set((await reader.list('credential', { limit: 1_000_000 })).map(({ id }) => id));
    assert.deepEqual(
      [...acknowledged].filter((id) => !held.has(id)),
      [],
    );
    await until('the follower to have caught up', () => followed.revision() >= position.revision);
    assert.deepEqual(
      [...held].filter((id) => !followed.seen.has(id) && !followed.hadGap()),
      [],
    );
    await followed.stop();
  });

  test('while more than half of the Sentinels say nothing there is no contact', async () => {
    const store = await open();
    const ending = new AbortController();
    let contacts = 0;
    let fault: unknown;
    const following = (async () => {
      try {
        for await (const event of store.follow(await store.position(), ending.signal))
          if (event.type === 'contact') contacts += 1;
      } catch (error) {
        fault = error;
      }
    })();
    await until('contact', () => contacts > 1);
    for (const sentinel of setup.sentinels.slice(0, 2)) sentinel.pause();
    try {
      await within(following, 'the end of following');
      assert.ok(fault instanceof StoreUnavailable);
      assert.match(fault.message, /the Sentinels do not say that it is the primary/);
    } finally {
      for (const sentinel of setup.sentinels) sentinel.resume();
      ending.abort();
    }
  });
});

describe('an old primary that is cut off from its Sentinels, and not from us', () => {
  let setup: SentinelSetup;
  const opened: RedisStore[] = [];
  const endings: (() => Promise<unknown>)[] = [];
  const open = async () => {
    const store = await openRedisStore({
      place: { kind: 'sentinel', name: setup.name, nodes: setup.sentinels.map(({ address }) => address) },
    });
    opened.push(store);
    return store;
  };
  before(async () => {
    setup = await startSentinels();
  });
  after(async () => {
    await Promise.all(endings.map((end) => end()));
    await Promise.all(opened.map((store) => store.close()));
    await setup.stop();
  });

  test('gives no contact any more, and nobody is served from it', async () => {
    const store = await open();
    const credential = { kind: 'credential', id: 'c' } as const;
    const first = await store.commit((await store.position()).revision, [{ key: credential, value: 'good' }]);
    assert.ok('committed' in first);
    await until(
      'the replica to have it',
      async () => (await setup.replica.client.hlen('{sallyport}:records:credential')) === 1,
    );

    let lastContact = 0;
    const ending = new AbortController();
    const following = (async () => {
      while (!ending.signal.aborted)
        try {
          for await (const event of store.follow(first.committed, ending.signal))
            if (event.type === 'contact' && event.position.revision === first.committed.revision)
              lastContact = performance.now();
        } catch (error) {
          assert.ok(error instanceof StoreUnavailable, String(error));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
    })();
    endings.push(() => {
      ending.abort();
      return following;
    });
    await until('contact', () => lastContact > 0);

    // Sentinels judge by PING; the rest they would need to turn a primary that comes back into a replica.
    const taken = ['-ping', '-slaveof', '-replicaof', '-multi', '-config'];
    await setup.primary.client.call('ACL', 'SETUSER', 'default', ...taken);
    await until(
      'the Sentinels to name the replica',
      async () => (await setup.named()) === setup.replica.port,
    );
    const promoted = performance.now();
    assert.equal(((await setup.primary.client.call('ROLE')) as string[])[0], 'master');

    // Revoked on the new primary; the old one still has it as it was.
    const admin = await open();
    const revoked = await admin.commit((await admin.position()).revision, [
      { key: credential, value: 'revoked' },
    ]);
    assert.ok('committed' in revoked);
    await until('what is read to be the new primary’s', async () => {
      const read = await store.get([credential]).catch(() => []);
      return read[0]?.value === 'revoked';
    });
    const old = await setup.primary.client.hget('{sallyport}:records:credential', 'c');
    assert.match(String(old), /good/);
    // A contact at the old position can only be of before, or of the moment in which the Sentinels changed their mind.
    assert.ok(lastContact - promoted < 1000, `${lastContact - promoted} ms`);
  });
});

/** Commits one credential after the other until it is told to stop; what was acknowledged is what must stay. */
function write(store: Store) {
  const acknowledged = new Set<string>();
  const count = { unavailable: 0, conflicts: 0 };
  let writing = true;
  const run = async () => {
    for (let n = 0; writing; n++) {
      const id = `c${n}`;
      try {
        const { revision } = await store.position();
        const result = await store.commit(revision, [{ key: { kind: 'credential', id }, value: { id } }]);
        if ('committed' in result) acknowledged.add(id);
        else count.conflicts += 1;
      } catch (error) {
        assert.ok(error instanceof StoreUnavailable, String(error));
        count.unavailable += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const running = run();
  return {
    acknowledged,
    count,
    async stop() {
      writing = false;
      await within(running, 'the writer');
    },
  };
}

/** Follows as a replica does: again from where it was, whenever it is cut off. */
function followAnew(store: Store) {
  const seen = new Set<string>();
  const ending = new AbortController();
  let gap = false;
  let at = { epoch: '', revision: 0 };
  const run = async () => {
    at = { ...(await store.position()), revision: 0 };
    while (!ending.signal.aborted) {
      try {
        for await (const event of store.follow(at, ending.signal)) {
          if (event.type === 'commit') {
            at = { ...at, revision: event.revision };
            for (const { id } of event.keys) seen.add(id);
          } else {
            at = event.position;
            gap ||= event.type === 'gap';
          }
        }
      } catch (error) {
        assert.ok(error instanceof StoreUnavailable, String(error));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const running = run();
  return {
    seen,
    revision: () => at.revision,
    hadGap: () => gap,
    async stop() {
      ending.abort();
      await within(running, 'the follower');
    },
  };
}
