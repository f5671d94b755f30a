import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DirectoryGroup, DirectoryUser } from '../../../src/accounts/directory-schema.ts';
import { DirectoryContent } from '../../../src/admin/scim/directory-content.ts';
import { DirectoryIndex } from '../../../src/admin/scim/directory-index.ts';
import { IndexedStore } from '../../../src/operations/index/indexed-store.ts';
import type { Store } from '../../../src/store/port.ts';
import { RecordFault } from '../../../src/store/record.ts';
import { openAdminWorld } from '../../support/admin-world.ts';

const IDS = ['a', 'A', 'b', 'c'];
const GROUPS = ['g', 'h'];
const EXTERNAL = ['x', 'y', undefined];

const change = fc.oneof(
  fc.record({
    user: fc.constantFrom(...IDS),
    is: fc.option(
      fc.record({
        groups: fc.uniqueArray(fc.constantFrom(...GROUPS)),
        external_id: fc.constantFrom(...EXTERNAL),
        deleted: fc.constantFrom(true, undefined),
      }),
      { nil: undefined },
    ),
  }),
  fc.record({
    group: fc.constantFrom(...GROUPS),
    is: fc.option(
      fc.record({ name: fc.constantFrom('', 'N', 'n'), external_id: fc.constantFrom(...EXTERNAL) }),
      { nil: undefined },
    ),
  }),
);

describe('what identity providers look things up by', () => {
  test('is what it would be, had the directory been read anew', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const kept = new DirectoryContent();
        const users = new Map<string, DirectoryUser>();
        const groups = new Map<string, DirectoryGroup>();
        for (const one of changes)
          if ('user' in one) {
            const user = one.is && DirectoryUser.parse({ id: one.user, ...one.is });
            kept.setUser(one.user, user);
            if (user) users.set(one.user, user);
            else users.delete(one.user);
          } else {
            const group = one.is && DirectoryGroup.parse({ id: one.group, ...one.is });
            kept.setGroup(one.group, group);
            if (group) groups.set(one.group, group);
            else groups.delete(one.group);
          }
        const anew = new DirectoryContent();
        for (const [id, user] of users) anew.setUser(id, user);
        for (const [id, group] of groups) anew.setGroup(id, group);
        assert.deepEqual(describeContent(kept), describeContent(anew));
        const there = [...users.values()].filter(({ deleted }) => !deleted);
        assert.deepEqual(kept.userIds(), there.map(({ id }) => id).sort());
        for (const group of GROUPS)
          assert.deepEqual(
            kept.membersOf(group),
            there
              .filter((user) => user.groups.some((one) => one === group))
              .map(({ id }) => id)
              .sort(),
          );
      }),
      { numRuns: 500 },
    );
  });
});

function describeContent(content: DirectoryContent) {
  return {
    users: content.userIds(),
    groups: content.groupIds().map((id) => content.group(id)),
    members: GROUPS.map((id) => content.membersOf(id)),
    named: IDS.map((id) => content.usersNamed(id)),
    external: ['x', 'y'].map((id) => [content.usersOf(id), content.groupsOf(id)]),
    groupsNamed: ['n', 'g', 'h'].map((name) => content.groupsNamed(name)),
  };
}

test('the index holds every commit, its own and those of others', async () => {
  const world = await openAdminWorld();
  const store = new IndexedStore(world.store, assert.fail);
  try {
    const index = new DirectoryIndex(store);
    const user = (id: string) => DirectoryUser.parse({ id, groups: ['g'] });
    const commit = async (id: string, by: Store, value: unknown) => {
      const writes = [{ key: { kind: 'directory_user' as const, id }, value }];
      assert.ok('committed' in (await by.commit((await by.position()).revision, writes)));
    };
    assert.deepEqual((await index.read()).membersOf('g'), []);
    const first = await index.read();
    await commit('a', store, user('a'));
    assert.equal(await index.read(), first, 'it is not read again');
    assert.deepEqual((await index.read()).membersOf('g'), ['a']);
    await commit('b', world.store, user('b'));
    await commit('c', store, user('c'));
    assert.deepEqual((await index.read()).membersOf('g'), ['a', 'b', 'c']);
    await commit('d', world.store, user('d'));
    const [one, other] = await Promise.all([index.read(), index.read()]);
    assert.deepEqual(one.membersOf('g'), ['a', 'b', 'c', 'd']);
    assert.equal(other, one);
    assert.equal(one, first);

    await commit('c', world.store, { id: 'another' });
    await assert.rejects(index.read(), RecordFault);
    await commit('c', world.store, undefined);
    assert.deepEqual((await index.read()).membersOf('g'), ['a', 'b', 'd']);
  } finally {
    await store.close();
    await world.close();
  }
});
