import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { openReplica, StoreWentBack } from '../../src/store/open-replica.ts';
import { type StoreContents, StoreFormatError, StoreUnavailable, type Write } from '../../src/store/port.ts';
import { RecordFault, type RecordKind } from '../../src/store/record.ts';
import type { Replica, ReplicaLimits } from '../../src/store/replica.ts';
import { within } from '../support/within.ts';
import { createTurnstile, FakeStore } from './fake-store.ts';

const LIMITS: ReplicaLimits = { credentials: 3, accounts: 3, directoryUsers: 3 };
const put = (kind: RecordKind, id: string, value: unknown): Write => ({ key: { kind, id }, value });
const user = (id: string, name: string): Write => put('directory_user', id, { id, name });
const route = (id: string): Write => put('route', id, { id, namespace: 'global' });

describe('the replica', () => {
  let store: FakeStore;
  let replica: Replica<StoreContents>;
  let faults: Error[];
  let swaps: StoreContents[];
  const open = async () => {
    replica = await openReplica({
      store,
      limits: LIMITS,
      build: (snapshot) => snapshot,
      onFault: (fault) => {
        faults.push(fault);
      },
      onSnapshot: (snapshot) => {
        swaps.push(snapshot);
      },
    });
  };
  const users = () => replica.directoryUsers;
  const nameOf = async (id: string) => (await users().load(id)).value?.name;
  const caughtUp = (revision = store.revision) => within(replica.caughtUp(revision), `revision ${revision}`);
  const reach = async (what: string, reached: () => boolean) => {
    const poll = async () => {
      while (!reached()) await new Promise((resolve) => setImmediate(resolve));
    };
    await within(poll(), what);
  };

  beforeEach(async () => {
    store = new FakeStore();
    faults = [];
    swaps = [];
    store.set(user('u', 'first'), route('r'));
    await open();
  });
  afterEach(() => within(replica.close(), 'the end of the replica'));

  describe('whose first snapshot can not be read', () => {
    let readable: boolean;
    let awaited: string[];
    let ready: StoreContents[];
    const open = (fault: Error, mayWait = true) => {
      readable = false;
      awaited = [];
      ready = [];
      const away = new Proxy(store, {
        get(target, name) {
          if (name === 'snapshot' && !readable) return () => Promise.reject(fault);
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      return openReplica<StoreContents>({
        store: away,
        build: (snapshot) => snapshot,
        awaited: mayWait,
        onAwaiting: ({ message }) => void awaited.push(message),
        onReady: (snapshot) => void ready.push(snapshot),
      });
    };

    test('says why once, refuses everything as unavailable, and goes on by itself once it can be read', async () => {
      const waiting = await open(new StoreUnavailable('away'));
      try {
        assert.match(waiting.awaiting ?? '', /away/);
        assert.throws(() => waiting.snapshot, StoreUnavailable);
        await assert.rejects(waiting.directoryUsers.load('u'), StoreUnavailable);
        assert.deepEqual([waiting.state, waiting.lastContact], ['stale', Number.NEGATIVE_INFINITY]);
        const revision = waiting.caughtUp(store.revision);
        readable = true;
        await within(revision, 'the first snapshot');
        assert.deepEqual([waiting.awaiting, waiting.state, ready.length], [undefined, 'live', 1]);
        assert.deepEqual(awaited, ['away']);
        // The fake store wakes only those that follow it already.
        await new Promise((resolve) => setImmediate(resolve));
        await within(waiting.caughtUp(store.set(route('later'))), 'a later commit');
      } finally {
        await waiting.close();
      }
    });

    test('does not open if that may not be awaited, or if waiting does not help', async () => {
      await assert.rejects(open(new StoreUnavailable('away'), false), StoreUnavailable);
      await assert.rejects(open(new StoreFormatError('newer')), StoreFormatError);
    });

    test('can be closed while it waits', async () => {
      await within((await open(new StoreUnavailable('away'))).close(), 'the end');
    });
  });

  describe('records', () => {
    test('are read on first use and known from then on', async () => {
      assert.equal(users().peek('u'), undefined);
      const first = await users().load('u');
      assert.deepEqual([first.value?.name, first.revision, first.stale], ['first', 1, false]);
      assert.equal(await users().load('u'), first);
      assert.equal(users().peek('u'), first);
      assert.equal(store.gets.length, 1);
    });

    test('that are asked for at once are read once', async () => {
      const loaded = await Promise.all(Array.from({ length: 20 }, () => users().load('u')));
      assert.equal(new Set(loaded).size, 1);
      assert.equal(store.gets.length, 1);
    });

    test('that are not there are remembered as absent, until they come', async () => {
      assert.equal((await users().load('new')).value, undefined);
      const absent = users().peek('new');
      assert.ok(absent && !absent.stale);
      await users().load('new');
      assert.equal(store.gets.length, 1);
      await caughtUp(store.set(user('new', 'here')));
      assert.ok(absent.stale);
      assert.equal(await nameOf('new'), 'here');
    });

    test('that change or go are marked for whoever holds them, and read anew', async () => {
      const first = await users().load('u');
      await caughtUp(store.set(user('u', 'second')));
      assert.ok(first.stale);
      const second = await users().load('u');
      assert.equal(second.value?.name, 'second');
      await caughtUp(store.set(put('directory_user', 'u', undefined)));
      assert.ok(second.stale);
      assert.equal((await users().load('u')).value, undefined);
    });

    test('of another kind or id do not disturb them', async () => {
      const held = await users().load('u');
      await caughtUp(
        store.set(user('other', 'x'), put('credential', 'u', {}), put('service_account', 'u', {})),
      );
      assert.ok(!held.stale);
      assert.equal(users().peek('u'), held);
    });

    test('that were pushed out are marked, because later changes would not find them', async () => {
      for (const id of ['a', 'b', 'c', 'd']) store.set(user(id, id));
      await caughtUp();
      const held = await users().load('u');
      for (const id of ['a', 'b', 'c', 'd']) await users().load(id);
      assert.equal(users().peek('u'), undefined);
      assert.ok(held.stale);
    });

    test('that are known are not pushed out by a flood of unknown ids', async () => {
      const held = await users().load('u');
      for (let n = 0; n < 50; n++) await users().load(`unknown${n}`);
      assert.equal(users().peek('u'), held);
      assert.ok(!held.stale);
    });

    test("that can't be used fail alone, each time, until they are mended", async () => {
      store.set(put('directory_user', 'bad', { id: 'someone-else' }), put('directory_user', 'worse', 7));
      await caughtUp();
      for (const id of ['bad', 'worse', 'bad']) await assert.rejects(users().load(id), RecordFault);
      assert.equal(users().peek('bad'), undefined);
      assert.equal(await nameOf('u'), 'first');
      await caughtUp(store.set(user('bad', 'mended')));
      assert.equal(await nameOf('bad'), 'mended');
    });

    test("are not guessed where the store can't say", async () => {
      store.gate = async () => {
        throw new StoreUnavailable('gone');
      };
      await assert.rejects(users().load('u'), StoreUnavailable);
      assert.equal(users().peek('u'), undefined);
      store.gate = async () => {};
      assert.equal(await nameOf('u'), 'first');
    });
  });

  describe('a read that a change overtakes', () => {
    test('is never handed out nor kept', async () => {
      const { gate, held, arrival } = createTurnstile();
      store.gate = gate;
      const before = nameOf('u');
      await within(arrival(1), 'the first read');
      await caughtUp(store.set(user('u', 'second')));
      const after = nameOf('u');
      await within(arrival(2), 'a second read');
      held[1]?.();
      assert.equal(await after, 'second');
      held[0]?.();
      assert.equal(await before, 'second');
      assert.equal(users().peek('u')?.value?.name, 'second');
    });

    test('is not shared with who asks after the change, whichever ends first', async () => {
      const { gate, held, arrival } = createTurnstile();
      store.gate = gate;
      const before = nameOf('u');
      await within(arrival(1), 'the first read');
      await caughtUp(store.set(user('u', 'second')));
      const after = nameOf('u');
      await within(arrival(2), 'a second read');
      held[0]?.();
      held[1]?.();
      assert.deepEqual(await Promise.all([before, after]), ['second', 'second']);
      assert.equal(store.gets.length, 2);
    });

    test('is read again after a gap too', async () => {
      const { gate, held, arrival } = createTurnstile();
      store.gate = async (what) => (what === 'get' ? gate(what) : undefined);
      const before = nameOf('u');
      await within(arrival(1), 'the first read');
      store.log = [];
      store.revision += 1;
      await caughtUp(store.set(user('u', 'second')));
      held[0]?.();
      await within(arrival(2), 'a second read');
      held[1]?.();
      assert.equal(await before, 'second');
    });
  });

  describe('the snapshot', () => {
    test('is replaced whole when something in it changes', async () => {
      const first = replica.snapshot;
      await caughtUp(store.set(route('s')));
      assert.notEqual(replica.snapshot, first);
      assert.deepEqual(
        replica.snapshot.records.map(({ id }) => id),
        ['r', 's'],
      );
      assert.deepEqual(
        first.records.map(({ id }) => id),
        ['r'],
      );
      assert.deepEqual(swaps, [replica.snapshot]);
    });

    test('stays when something else changes', async () => {
      const first = replica.snapshot;
      await caughtUp(store.set(user('u', 'second')));
      assert.equal(replica.snapshot, first);
      assert.equal(store.snapshots, 1);
    });

    test('is read once or twice for many changes in a row, and shows the last', async () => {
      for (let n = 0; n < 100; n++) store.set(route(`r${n}`));
      await caughtUp();
      assert.equal(replica.snapshot.records.length, 101);
      assert.ok(store.snapshots <= 3, `${store.snapshots} reads`);
    });

    test('that is being read does not keep a revocation waiting', async () => {
      const held = await users().load('u');
      const { gate, held: waiting, arrival } = createTurnstile();
      store.gate = async (what) => (what === 'snapshot' ? gate(what) : undefined);
      store.set(route('s'));
      await within(arrival(1), 'the reload');
      const revoked = store.set(put('directory_user', 'u', undefined));
      await reach('the revocation', () => held.stale);
      assert.equal((await users().load('u')).value, undefined);
      assert.equal(replica.position.revision, 1);
      waiting[0]?.();
      await caughtUp(revoked);
      assert.equal(replica.snapshot.position.revision, 2);
    });

    test('that became old while it was read is read again, and never goes backwards', async () => {
      const { gate, held, arrival } = createTurnstile();
      store.gate = gate;
      store.set(route('s'));
      await within(arrival(1), 'the reload');
      store.set(route('t'));
      held[0]?.();
      await within(arrival(2), 'another reload');
      held[1]?.();
      await caughtUp();
      assert.deepEqual(
        swaps.map(({ position }) => position.revision),
        [2, 3],
      );
    });

    test("stays as it is while the store can't give another, which shows, and is replaced when it can", async () => {
      const first = replica.snapshot;
      let failures = 0;
      store.gate = async () => {
        if (failures++ < 2) throw new StoreUnavailable('not now');
      };
      store.set(route('s'));
      await reach('the failure', () => faults.length > 0);
      assert.equal(replica.state, 'stale');
      assert.equal(replica.snapshot, first);
      const contact = replica.lastContact;
      store.set(user('u', 'x'));
      await reach('the next commit', () => users().peek('u') === undefined);
      assert.equal(replica.lastContact, contact);
      await caughtUp();
      assert.equal(replica.state, 'live');
      assert.equal(replica.snapshot.records.length, 2);
      assert.ok(replica.lastContact > contact);
    });

    test("that can't be read or built at the start fails the start", async () => {
      store.gate = async () => {
        throw new StoreUnavailable('not now');
      };
      await assert.rejects(openReplica({ store, build: () => 0 }), StoreUnavailable);
      store.gate = async () => {};
      const build = () => {
        throw new Error('no');
      };
      await assert.rejects(openReplica({ store, build }), /no/);
    });
  });

  describe('a store that', () => {
    test("can't say what happened has everything read again", async () => {
      const held = await users().load('u');
      const absent = await users().load('none');
      store.log = [];
      store.records.set('directory_user/u', {
        kind: 'directory_user',
        id: 'u',
        revision: 2,
        value: { id: 'u', name: 'x' },
      });
      store.revision = 40;
      store.set(route('s'));
      store.log = [];
      await caughtUp(41);
      assert.ok(held.stale && absent.stale);
      assert.equal(await nameOf('u'), 'x');
      assert.equal(replica.snapshot.records.length, 2);
    });

    test('fails is followed again from the same place', async () => {
      const held = await users().load('u');
      store.followFault = new StoreUnavailable('cut off');
      store.wake();
      await reach('the fault', () => faults.length >= 2);
      assert.equal(replica.state, 'stale');
      assert.ok(!held.stale);
      store.set(user('u', 'second'));
      store.followFault = undefined;
      await caughtUp();
      assert.ok(held.stale);
      assert.equal(replica.state, 'live');
      assert.equal(await nameOf('u'), 'second');
    });

    test('went back is not believed, even of what it had said before, until it has come as far again', async () => {
      store.set(user('u', 'second'));
      await caughtUp();
      const held = await users().load('u');
      const snapshot = replica.snapshot;
      const old = store.records;
      store.records = new Map();
      store.revision = 1;
      store.wake();
      await reach('the fault', () => faults.some((fault) => fault instanceof StoreWentBack));
      assert.ok(held.stale);
      assert.equal(replica.state, 'stale');
      assert.equal(replica.snapshot, snapshot);
      await assert.rejects(users().load('u'), StoreUnavailable);
      store.records = old;
      store.revision = 2;
      store.wake();
      await reach('trust', () => replica.state === 'live' && replica.snapshot !== snapshot);
      assert.equal(await nameOf('u'), 'second');
    });

    test('was replaced by another is not believed', async () => {
      store.epoch = 'two';
      store.set(user('u', 'second'));
      await reach('the fault', () => faults.some((fault) => fault instanceof StoreWentBack));
      await assert.rejects(users().load('u'), StoreUnavailable);
      assert.equal(replica.state, 'stale');
      assert.equal(replica.position.epoch, 'one');
    });
  });

  test('commits are followed, but only contact counts as contact: an old primary may commit, too', async () => {
    await reach('the first contact', () => replica.state === 'live');
    store.inContact = false;
    const held = await users().load('u');
    const contact = replica.lastContact;
    await caughtUp(store.set(user('u', 'second')));
    assert.ok(held.stale);
    await caughtUp(store.set(route('s')));
    assert.equal(replica.lastContact, contact);
    store.inContact = true;
    store.wake();
    await reach('contact', () => replica.lastContact > contact);
  });

  test('who waits for a revision is told when the replica is closed instead', async () => {
    const waiting = assert.rejects(replica.caughtUp(1_000_000), StoreUnavailable);
    await replica.close();
    await waiting;
    await assert.rejects(replica.caughtUp(1_000_000), StoreUnavailable);
    assert.equal(replica.state, 'closed');
  });

  test('in any order of commits, reads, answers and events nothing is older than what was caught up with (property)', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('write' as const),
          id,
          gone: fc.boolean(),
          routed: fc.boolean(),
        }),
      },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('load' as const), id }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(10) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        await replica.close();
        store = new FakeStore();
        store.set(route('r'));
        await open();
        const { gate, held } = createTurnstile();
        store.gate = gate;
        store.published = 1;
        /** For each id, the revisions that wrote it. */
        const history = new Map<string, { revision: number; name: string | undefined }[]>();
        const nameAt = (of: string, revision: number) =>
          history.get(of)?.findLast((write) => write.revision <= revision)?.name;
        const newerNames = (of: string, revision: number) => [
          nameAt(of, revision),
          ...(history.get(of) ?? []).filter((write) => write.revision > revision).map(({ name }) => name),
        ];
        const checkKnown = () => {
          const { revision } = replica.position;
          for (const of of ['a', 'b', 'c', 'd', 'e']) {
            const known = users().peek(of);
            if (known)
              assert.ok(newerNames(of, revision).includes(known.value?.name), `${of} at ${revision}`);
          }
          const routes = replica.snapshot.records.length;
          assert.ok(
            routes >= 1 + (history.get('routes') ?? []).filter((write) => write.revision <= revision).length,
          );
        };
        const loads: Promise<void>[] = [];
        const holders: { of: string; record: Awaited<ReturnType<ReturnType<typeof users>['load']>> }[] = [];
        for (const action of steps) {
          switch (action.do) {
            case 'write': {
              const name = action.gone ? undefined : `n${store.revision + 1}`;
              const write = put(
                'directory_user',
                action.id,
                name === undefined ? undefined : { id: action.id, name },
              );
              const revision = store.set(write, ...(action.routed ? [route(`r${store.revision}`)] : []));
              for (const of of action.routed ? [action.id, 'routes'] : [action.id])
                history.set(of, [...(history.get(of) ?? []), { revision, name }]);
              break;
            }
            case 'load': {
              const asked = replica.position.revision;
              const load = users().load(action.id);
              loads.push(
                load.then((record) => {
                  holders.push({ of: action.id, record });
                  assert.ok(newerNames(action.id, asked).includes(record.value?.name), `asked at ${asked}`);
                }),
              );
              break;
            }
            case 'answer':
              held.splice(action.which % Math.max(held.length, 1), 1)[0]?.();
              break;
            case 'publish':
              store.published += 1;
              store.wake();
              break;
            case 'trim':
              store.log = store.log.slice(-1);
              break;
            case 'turn':
              await new Promise((resolve) => setImmediate(resolve));
              break;
            default:
              action satisfies never;
          }
          checkKnown();
        }
        store.gate = async () => {};
        for (const answer of held) answer();
        store.published = Number.POSITIVE_INFINITY;
        store.wake();
        await caughtUp();
        await Promise.all(loads);
        checkKnown();
        for (const { of, record } of holders)
          assert.ok(record.stale || record.value?.name === nameAt(of, store.revision), `${of} is held`);
        for (const of of ['a', 'b', 'c', 'd', 'e'])
          assert.equal(await nameOf(of), nameAt(of, store.revision));
        assert.equal(replica.snapshot.records.length, 1 + (history.get('routes') ?? []).length);
      }),
      { numRuns: 300 },
    );
  });
});
