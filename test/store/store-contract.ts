import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { type CommitResult, type Store, StoreUnavailable, type Write } from '../../src/store/port.ts';
import { RECORD_KINDS, type RecordKind, SNAPSHOT_KINDS } from '../../src/store/record.ts';
import { within } from '../support/within.ts';
import { takeChanges } from './events.ts';

export interface ContractStore {
  readonly store: Store;
  /** Closes every handle and opens the same store again. */
  reopen(): Promise<Store>;
  /** Another handle on the same store, as another process would have. */
  second(): Promise<Store>;
  destroy(): Promise<void>;
}

export type OpenContractStore = (options?: { logLength?: number }) => Promise<ContractStore>;

const put = (kind: RecordKind, id: string, value: unknown = { id }): Write => ({ key: { kind, id }, value });
const remove = (kind: RecordKind, id: string): Write => ({ key: { kind, id }, value: undefined });

function committedOf(result: CommitResult) {
  assert.ok('committed' in result, `expected no conflict, got ${JSON.stringify(result)}`);
  return result.committed;
}

/** Commits on top of whatever is there; for tests that have no rival. */
async function commit(store: Store, ...writes: Write[]) {
  return committedOf(await store.commit((await store.position()).revision, writes));
}

async function readValue(store: Store, kind: RecordKind, id: string): Promise<unknown> {
  return (await store.get([{ kind, id }]))[0]?.value;
}

/** What every store driver must do. */
export function describeStoreContract(name: string, openStore: OpenContractStore): void {
  describe(`store contract: ${name}`, () => {
    let opened: ContractStore;
    let store: Store;
    beforeEach(async () => {
      opened = await openStore();
      store = opened.store;
    });
    afterEach(() => opened.destroy());

    test('a new store is at revision 0, names its history and holds nothing', async () => {
      const { epoch, revision } = await store.position();
      assert.equal(revision, 0);
      assert.ok(epoch.length > 0);
      assert.deepEqual(await store.snapshot(), { position: { epoch, revision: 0 }, records: [] });
      for (const kind of RECORD_KINDS) assert.deepEqual(await store.list(kind, { limit: 10 }), []);
    });

    test('two stores are two histories', async () => {
      const other = await openStore();
      try {
        assert.notEqual((await other.store.position()).epoch, (await store.position()).epoch);
      } finally {
        await other.destroy();
      }
    });

    test('what was committed is read back, with the revision that wrote it', async () => {
      const first = await commit(
        store,
        put('route', 'a', { id: 'a', n: 1 }),
        put('policy', 'a', { id: 'a' }),
      );
      assert.equal(first.revision, 1);
      const second = await commit(store, put('route', 'a', { id: 'a', n: 2 }));
      assert.equal(second.revision, 2);
      assert.equal(second.epoch, first.epoch);
      assert.deepEqual(await store.position(), second);
      assert.deepEqual(
        await store.get([
          { kind: 'policy', id: 'a' },
          { kind: 'route', id: 'missing' },
          { kind: 'route', id: 'a' },
        ]),
        [
          { kind: 'policy', id: 'a', revision: 1, value: { id: 'a' } },
          undefined,
          { kind: 'route', id: 'a', revision: 2, value: { id: 'a', n: 2 } },
        ],
      );
    });

    test('kinds do not mix, whatever their ids', async () => {
      await commit(
        store,
        put('credential', 'x', { is: 'credential' }),
        put('service_account', 'x', { is: 'account' }),
      );
      assert.deepEqual(await readValue(store, 'credential', 'x'), { is: 'credential' });
      assert.deepEqual(await readValue(store, 'service_account', 'x'), { is: 'account' });
      assert.equal(await readValue(store, 'user_id', 'x'), undefined);
    });

    test('a removed record is gone, and may come again', async () => {
      await commit(store, put('route', 'a'), put('route', 'b'));
      await commit(store, remove('route', 'a'), remove('route', 'never-there'));
      assert.equal(await readValue(store, 'route', 'a'), undefined);
      assert.deepEqual(
        (await store.snapshot()).records.map(({ id }) => id),
        ['b'],
      );
      await commit(store, put('route', 'a', { again: true }));
      assert.deepEqual(await readValue(store, 'route', 'a'), { again: true });
    });

    test('of several writes to one key in a commit the last counts', async () => {
      await commit(
        store,
        put('route', 'a', 1),
        put('route', 'a', 2),
        put('route', 'b'),
        remove('route', 'b'),
      );
      assert.deepEqual(
        (await store.snapshot()).records.map(({ id, value }) => [id, value]),
        [['a', 2]],
      );
    });

    test('a commit without writes makes no revision', async () => {
      await commit(store, put('route', 'a'));
      assert.equal((await commit(store)).revision, 1);
      assert.ok('conflict' in (await store.commit(0, [])));
    });

    test('a commit worked out from an older revision is a conflict that says where the store is, and changes nothing', async () => {
      await commit(store, put('route', 'a', { n: 1 }));
      const now = await commit(store, put('route', 'b', { n: 1 }));
      for (const expected of [0, 1, 3]) {
        const result = await store.commit(expected, [put('route', 'a', { n: 2 }), remove('route', 'b')]);
        assert.deepEqual(result, { conflict: now });
      }
      assert.deepEqual(await store.position(), now);
      assert.deepEqual(
        (await store.snapshot()).records.map(({ value }) => value),
        [{ n: 1 }, { n: 1 }],
      );
    });

    test('a commit with a key or a value that no store can keep throws, and changes nothing', async () => {
      const bad: Write[] = [
        put('user_id', ''),
        put('user_id', 'x'.repeat(5000)),
        put('user_id', 'lone \ud800 surrogate'),
        put('route', 'f', () => 1),
      ];
      for (const write of bad)
        await assert.rejects(store.commit(0, [put('route', 'a'), write]), /RangeError|TypeError/);
      assert.equal((await store.position()).revision, 0);
      assert.equal(await readValue(store, 'route', 'a'), undefined);
      // Asked for, such a record is simply not there.
      assert.deepEqual(await store.get(bad.slice(0, 3).map(({ key }) => key)), [
        undefined,
        undefined,
        undefined,
      ]);
    });

    test('values come back as they were given', async () => {
      const values: unknown[] = [
        null,
        0,
        '',
        false,
        'naïve \u{1F980} \u0000 \ud800',
        [],
        {},
        { a: [{ b: [null, 1.5, -1e21, { c: {} }] }], '': 1, 'k e y': 'ü' },
        JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
      ];
      const position = await commit(
        store,
        ...values.map((value, index) => put('policy', `p${index}`, value)),
      );
      const read = await store.get(values.map((_, index) => ({ kind: 'policy', id: `p${index}` })));
      assert.deepEqual(
        read,
        values.map((value, index) => ({
          kind: 'policy',
          id: `p${index}`,
          revision: position.revision,
          value,
        })),
      );
    });

    test('any JSON under any id comes back as it was given (property)', async () => {
      const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(id, fc.jsonValue(), async (id, value) => {
          const expected = JSON.parse(JSON.stringify(value));
          await commit(store, put('directory_user', id, value));
          assert.deepEqual(await readValue(store, 'directory_user', id), expected);
        }),
        { numRuns: 60 },
      );
    });

    test('undefined is never stored', async () => {
      await commit(store, put('policy', 'a', { kept: 1, dropped: undefined }));
      assert.deepEqual(Object.keys((await readValue(store, 'policy', 'a')) as object), ['kept']);
    });

    test('ids of 256 characters of any script, and values of megabytes, are kept', async () => {
      const ids = ['a'.repeat(256), '𝒳'.repeat(256), `${'𝒳'.repeat(255)}y`, '한'.repeat(256)];
      const big = 'x'.repeat(3_000_000);
      await commit(
        store,
        ...ids.map((id) => put('user_id', id, { id })),
        put('directory_user', 'big', { big }),
      );
      for (const id of ids) assert.deepEqual(await readValue(store, 'user_id', id), { id });
      assert.deepEqual(await readValue(store, 'directory_user', 'big'), { big });
    });

    test('a list is in the order of the bytes of the ids, page by page, and of its kind alone', async () => {
      const ids = [
        'a',
        'a!',
        'a.b',
        'aa',
        'b',
        'B',
        '0',
        'z'.repeat(256),
        'é',
        '한',
        '\uffee',
        '\u{1F980}',
        '𝒳',
      ];
      await commit(
        store,
        ...ids.map((id) => put('user_id', id)),
        put('directory_group', 'a'),
        put('service_account', 'a'),
      );
      const inOrder = ids.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      for (const limit of [1, 2, 5, 100]) {
        const seen: string[] = [];
        for (;;) {
          const after = seen.at(-1);
          const page = await store.list('user_id', { limit, ...(after === undefined ? {} : { after }) });
          assert.ok(page.length <= limit);
          if (page.length === 0) break;
          seen.push(...page.map(({ id }) => id));
        }
        assert.deepEqual(seen, inOrder);
      }
      // `after` need not exist.
      assert.deepEqual(
        (await store.list('user_id', { after: 'a#', limit: 2 })).map(({ id }) => id),
        ['a.b', 'aa'],
      );
    });

    test('the snapshot is all namespaces, policies and routes of one moment, and nothing else', async () => {
      await commit(store, ...RECORD_KINDS.flatMap((kind) => [put(kind, 'one'), put(kind, 'two')]));
      const { position, records } = await store.snapshot();
      assert.deepEqual(position, await store.position());
      assert.deepEqual(
        records.map(({ kind, id }) => `${kind}/${id}`).toSorted(),
        SNAPSHOT_KINDS.flatMap((kind) => [`${kind}/one`, `${kind}/two`]).toSorted(),
      );
    });

    test('a snapshot never shows half a commit, while another handle writes', async () => {
      const writer = await opened.second();
      let writing = true;
      const write = async () => {
        for (let n = 1; n <= 60; n++)
          await commit(
            writer,
            ...SNAPSHOT_KINDS.map((kind) => put(kind, 'same', { n })),
            n % 2 ? put('route', 'odd') : remove('route', 'odd'),
          );
        writing = false;
      };
      const done = write();
      let last = 0;
      while (writing) {
        const { position, records } = await store.snapshot();
        assert.ok(position.revision >= last);
        last = position.revision;
        const versions = records.filter(({ id }) => id === 'same').map(({ value }) => value);
        assert.deepEqual(
          versions,
          position.revision === 0 ? [] : SNAPSHOT_KINDS.map(() => ({ n: position.revision })),
        );
        assert.equal(
          records.some(({ id }) => id === 'odd'),
          position.revision % 2 === 1,
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
      await done;
    });

    test('the log tells every commit of every handle once, in order, with all its keys', async () => {
      const other = await opened.second();
      const start = await store.position();
      const taking = takeChanges(store, start, 20);
      for (let n = 1; n <= 20; n++)
        await commit(
          n % 2 ? store : other,
          put('route', `r${n}`),
          put('credential', 'same'),
          remove('policy', 'none'),
        );
      const changes = await taking;
      assert.deepEqual(
        changes,
        Array.from({ length: 20 }, (_, index) => ({
          type: 'commit',
          revision: index + 1,
          keys: [
            { kind: 'route', id: `r${index + 1}` },
            { kind: 'credential', id: 'same' },
            { kind: 'policy', id: 'none' },
          ],
        })),
      );
    });

    test('a commit is readable by whoever was told of it', async () => {
      const other = await opened.second();
      const taking = takeChanges(other, await other.position(), 1);
      await commit(store, put('credential', 'c', { n: 1 }));
      await taking;
      assert.deepEqual(await readValue(other, 'credential', 'c'), { n: 1 });
    });

    test('following resumes after any position, over a long stretch too', async () => {
      for (let n = 1; n <= 600; n++) await commit(store, put('route', 'a', n));
      const { epoch } = await store.position();
      for (const from of [0, 1, 300, 599]) {
        const changes = await takeChanges(store, { epoch, revision: from }, 600 - from);
        assert.deepEqual(
          changes.map((change) => change.type === 'commit' && change.revision),
          Array.from({ length: 600 - from }, (_, index) => from + 1 + index),
        );
      }
    });

    test('a follower that is up to date is told so, and again, while nothing happens', async () => {
      const position = await commit(store, put('route', 'a'));
      const ending = new AbortController();
      const contacts: unknown[] = [];
      const collect = async () => {
        for await (const event of store.follow(position, ending.signal)) {
          contacts.push(event.type === 'contact' ? { type: event.type, position: event.position } : event);
          if (contacts.length === 3) break;
        }
      };
      await within(collect(), 'contact');
      assert.deepEqual(contacts, Array(3).fill({ type: 'contact', position }));
    });

    test('a follower of another history, or of a later revision, is told of a gap and goes on from there', async () => {
      const now = await commit(store, put('route', 'a'));
      for (const from of [
        { epoch: 'another', revision: 0 },
        { epoch: 'another', revision: 1 },
        { epoch: now.epoch, revision: 7 },
      ]) {
        const position = await store.position();
        // Whoever has not been told of the gap yet would be told of one that is over already.
        const write = () => commit(store, put('route', 'a'));
        const [gap, next] = await takeChanges(store, from, 2, write);
        assert.deepEqual(gap, { type: 'gap', position });
        assert.ok(next?.type === 'commit');
        assert.equal(next.revision, position.revision + 1);
      }
    });

    test('a follower further back than the log reaches is told of a gap', async () => {
      const short = await openStore({ logLength: 5 });
      try {
        for (let n = 1; n <= 12; n++) await commit(short.store, put('route', 'a', n));
        const now = await short.store.position();
        const behind = (revision: number) => takeChanges(short.store, { ...now, revision }, 1);
        for (const revision of [0, 3, 6])
          assert.deepEqual(await behind(revision), [{ type: 'gap', position: now }]);
        const [kept] = await behind(7);
        assert.ok(kept?.type === 'commit' && kept.revision === 8);
      } finally {
        await short.destroy();
      }
    });

    test('following ends without an error when it is aborted, or was before', async () => {
      for (const abortFirst of [true, false]) {
        const ending = new AbortController();
        if (abortFirst) ending.abort();
        const drain = async () => {
          for await (const _ of store.follow(await store.position(), ending.signal)) ending.abort();
        };
        await within(drain(), 'the end of following');
      }
    });

    test('closing a store ends its followers, and what is asked afterwards rejects with StoreUnavailable', async () => {
      const second = await opened.second();
      let start = () => {};
      const started = new Promise<void>((resolve) => {
        start = resolve;
      });
      const drain = async () => {
        for await (const _ of second.follow(await second.position(), new AbortController().signal)) start();
      };
      const draining = drain();
      await within(started, 'the first contact');
      await second.close();
      await within(draining, 'the end of following');
      await assert.rejects(second.get([{ kind: 'route', id: 'a' }]), StoreUnavailable);
      await assert.rejects(second.snapshot(), StoreUnavailable);
      await assert.rejects(second.commit(0, [put('route', 'a')]), StoreUnavailable);
      await second.close();
      assert.equal((await store.position()).revision, 0);
    });

    test('an answer from before what the caller knows is refused', async () => {
      const now = await commit(store, put('route', 'a'));
      const key = { kind: 'route', id: 'a' } as const;
      assert.equal((await store.get([key], now)).length, 1);
      assert.equal((await store.snapshot(now)).records.length, 1);
      for (const known of [
        { ...now, revision: 2 },
        { epoch: 'another', revision: 0 },
      ]) {
        await assert.rejects(store.get([key], known), StoreUnavailable);
        await assert.rejects(store.snapshot(known), StoreUnavailable);
      }
    });

    test('of concurrent commits from two handles each wins or conflicts, and the revision counts the wins', async () => {
      const handles = [store, await opened.second()];
      let wins = 0;
      const race = async (worker: number) => {
        for (let n = 0; n < 25; n++) {
          const handle = handles[(worker + n) % handles.length] ?? store;
          const { revision } = await handle.position();
          const [before] = await handle.get([{ kind: 'policy', id: 'counter' }]);
          // Nobody came between the position and the record, or the commit is a conflict.
          const count = typeof before?.value === 'number' ? before.value : 0;
          const result = await handle.commit(revision, [
            put('policy', 'counter', count + 1),
            put('credential', `w${worker}-${n}`),
          ]);
          if ('committed' in result) wins += 1;
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, worker) => race(worker)));
      assert.ok(wins > 0 && wins < 200, `${wins} wins`);
      assert.equal((await store.position()).revision, wins);
      assert.equal(await readValue(store, 'policy', 'counter'), wins);
      assert.equal((await store.list('credential', { limit: 1000 })).length, wins);
    });

    test('everything is there after all is closed and opened again', async () => {
      const position = await commit(store, put('route', 'a', { n: 1 }), put('credential', 'c'));
      const again = await opened.reopen();
      assert.deepEqual(await again.position(), position);
      assert.deepEqual(await readValue(again, 'route', 'a'), { n: 1 });
      assert.equal((await again.snapshot()).records.length, 1);
      const [change] = await takeChanges(again, { ...position, revision: 0 }, 1);
      assert.equal(change?.type, 'commit');
      assert.equal((await commit(again, put('route', 'b'))).revision, 2);
    });
  });
}
