import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DirectoryGroup, DirectoryUser } from '../../src/accounts/directory.ts';
import { DirectoryContent } from '../../src/admin/scim/directory-content.ts';
import { DirectoryIndex } from '../../src/admin/scim/directory-index.ts';
import type { Write } from '../../src/store/port.ts';
import { openAdminWorld } from './world.ts';

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

test('the index holds every commit, its own and those of others, whatever it was told of them', async () => {
  const world = await openAdminWorld();
  try {
    const index = new DirectoryIndex(world.store);
    const commit = async (id: string, isTold: boolean) => {
      const writes: Write[] = [
        { key: { kind: 'directory_user', id }, value: DirectoryUser.parse({ id, groups: ['g'] }) },
      ];
      const result = await world.store.commit((await world.store.position()).revision, writes);
      assert.ok('committed' in result);
      if (isTold) index.committed(result.committed, writes);
    };
    assert.deepEqual((await index.read()).membersOf('g'), []);
    const first = await index.read();
    await commit('a', true);
    assert.equal(await index.read(), first, 'it is not read again for a commit that it was told of');
    assert.deepEqual((await index.read()).membersOf('g'), ['a']);
    await commit('b', false);
    // It does not know of the one before, and must not take this for the next.
    await commit('c', true);
    assert.deepEqual((await index.read()).membersOf('g'), ['a', 'b', 'c']);
    await commit('d', false);
    const [one, other] = await Promise.all([index.read(), index.read()]);
    assert.deepEqual(one.membersOf('g'), ['a', 'b', 'c', 'd']);
    assert.deepEqual(other.membersOf('g'), ['a', 'b', 'c', 'd']);
  } finally {
    await world.close();
  }
});
