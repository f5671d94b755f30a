import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Reader } from '../../../src/operations/reader.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../../support/admin-world.ts';
import {
  newGroup,
  newUser,
  patchOf,
  type ScimCall,
  type ScimMethod,
  scimCall,
} from '../../support/scim-client.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1';

describe('SCIM groups', () => {
  let world: AdminWorld;
  let root: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    root = await world.signIn('root');
    for (const name of ['ann', 'bob', 'cyd']) await make('/Users', newUser(name));
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  const ask = (method: ScimMethod, path: string, call: ScimCall = {}) =>
    scimCall(world, method, path, { jwt: root, ...call });
  const make = async (path: string, body: object) => {
    const answer = await ask('POST', path, { body });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json();
  };
  const groupsOf = async (id: string): Promise<readonly string[]> =>
    (await new Reader(world.store).find('directory_user', id))?.groups ?? [];
  const members = async (id: string) => {
    const { members = [] } = (await ask('GET', `/Groups/${encodeURIComponent(id)}`)).json();
    return members.map(({ value }: { value: string }) => value);
  };
  const list = async (query: string) => (await ask('GET', `/Groups?${query}`)).json();

  test('its id is its name, which policies can say, and its members are users with that group', async () => {
    const made = await make('/Groups', newGroup('Engineering', ['bob', 'ann', 'bob']));
    assert.equal(made.id, 'Engineering');
    assert.deepEqual(made.members, [
      { value: 'ann', $ref: '/scim/v2/Users/ann', type: 'User' },
      { value: 'bob', $ref: '/scim/v2/Users/bob', type: 'User' },
    ]);
    assert.deepEqual(await groupsOf('bob'), ['Engineering']);
    assert.deepEqual((await ask('GET', '/Groups/Engineering')).json(), made);
  });

  test('a name is given once, in whatever letter case', async () => {
    await make('/Groups', newGroup('Once'));
    const again = await ask('POST', '/Groups', { body: newGroup('once') });
    assert.equal(again.statusCode, 409);
    assert.equal(again.json().scimType, 'uniqueness');
    await make('/Groups', newGroup('Other'));
    const renamed = await ask('PATCH', '/Groups/Other', {
      body: patchOf({ op: 'replace', value: { displayName: 'ONCE' } }),
    });
    assert.equal(renamed.statusCode, 409);
  });

  test('a group that is renamed keeps its id, and another one of its old name gets its own', async () => {
    await make('/Groups', newGroup('old-name', ['ann']));
    const put = await ask('PUT', '/Groups/old-name', {
      body: { displayName: 'new-name', externalId: 'g-1' },
    });
    assert.equal(put.statusCode, 200, put.body);
    assert.equal(put.json().id, 'old-name');
    assert.deepEqual(await members('old-name'), ['ann']);
    const another = await make('/Groups', newGroup('old-name', ['cyd']));
    assert.match(another.id, /^old-name\.[0-9a-f]{16}$/);
    assert.deepEqual(await members(another.id), ['cyd']);
    assert.deepEqual(await members('old-name'), ['ann']);
    const found = await list(`filter=${encodeURIComponent('displayName eq "OLD-name"')}`);
    assert.deepEqual(
      found.Resources.map(({ id }: { id: string }) => id),
      [another.id],
    );
  });

  test('users who carry a group that there is not are not taken into a new one of its name', async () => {
    await world.apply(`${HEAD}\nkind: DirectoryUser\nid: dangling\ngroups: [ghosts]`);
    const made = await make('/Groups', newGroup('ghosts'));
    assert.notEqual(made.id, 'ghosts');
    assert.deepEqual(await members(made.id), []);
  });

  test('members come and go by PATCH, which is answered without them', async () => {
    await make('/Groups', newGroup('crew', ['ann']));
    const patch = async (...operations: object[]) => {
      const answer = await ask('PATCH', '/Groups/crew', { body: patchOf(...operations) });
      assert.equal(answer.statusCode, 204, answer.body);
      assert.equal(answer.body, '');
      assert.equal(answer.headers.etag, (await ask('GET', '/Groups/crew')).headers.etag);
    };
    await patch({ op: 'Add', path: 'members', value: [{ value: 'bob' }, { value: 'cyd' }] });
    assert.deepEqual(await members('crew'), ['ann', 'bob', 'cyd']);
    await patch(
      { op: 'Remove', path: 'members[value eq "ann"]' },
      { op: 'Remove', path: 'members', value: [{ value: 'bob' }] },
    );
    assert.deepEqual(await members('crew'), ['cyd']);
    assert.ok(!(await groupsOf('ann')).includes('crew'));
  });

  test('one member who is unknown, and nobody is added', async () => {
    await make('/Groups', newGroup('strict'));
    const refused = await ask('PATCH', '/Groups/strict', {
      body: patchOf({ op: 'add', path: 'members', value: [{ value: 'ann' }, { value: 'nobody' }] }),
    });
    assert.equal(refused.statusCode, 400);
    assert.equal(refused.json().scimType, 'invalidValue');
    assert.match(refused.json().detail, /there is no user "nobody"$/);
    assert.deepEqual(await members('strict'), []);
    const created = await ask('POST', '/Groups', { body: newGroup('never', ['nobody']) });
    assert.equal(created.statusCode, 400);
    assert.equal((await ask('GET', '/Groups/never')).statusCode, 404);
  });

  test('PUT without members leaves them, with an empty list takes them all', async () => {
    await make('/Groups', newGroup('kept', ['ann']));
    const put = async (body: object) => (await ask('PUT', '/Groups/kept', { body })).statusCode;
    assert.equal(await put({ displayName: 'kept' }), 200);
    assert.deepEqual(await members('kept'), ['ann']);
    assert.equal(await put({ displayName: 'kept', members: [{ value: 'bob' }] }), 200);
    assert.deepEqual(await members('kept'), ['bob']);
    assert.equal(await put({ displayName: 'kept', members: [] }), 200);
    assert.deepEqual(await members('kept'), []);
  });

  test('a deleted group takes its members along: one of its name that comes later begins empty', async () => {
    await make('/Groups', newGroup('passing', ['ann', 'bob']));
    assert.equal((await ask('DELETE', '/Groups/passing')).statusCode, 204);
    assert.equal((await ask('GET', '/Groups/passing')).statusCode, 404);
    assert.ok(!(await groupsOf('ann')).includes('passing'));
    const again = await make('/Groups', newGroup('passing'));
    assert.equal(again.id, 'passing');
    assert.deepEqual(await members('passing'), []);
  });

  test('its version changes with its members', async () => {
    await make('/Groups', newGroup('tagged'));
    const tag = String((await ask('GET', '/Groups/tagged')).headers.etag);
    const add = (value: string) =>
      ask('PATCH', '/Groups/tagged', {
        body: patchOf({ op: 'add', path: 'members', value: [{ value }] }),
        headers: { 'if-match': tag },
      });
    assert.equal((await add('ann')).statusCode, 204);
    assert.equal((await add('bob')).statusCode, 412);
    assert.deepEqual(await members('tagged'), ['ann']);
    // What is left out of the answer is still what the version is of.
    const short = await ask('GET', '/Groups/tagged?excludedAttributes=members');
    assert.equal(short.headers.etag, (await ask('GET', '/Groups/tagged')).headers.etag);
    assert.equal(short.json().members, undefined);
  });

  test('they are found by name, external id and member', async () => {
    await make('/Groups', { ...newGroup('found', ['cyd']), externalId: 'g-found' });
    const rows: [filter: string, ids: string[]][] = [
      ['displayName eq "Found"', ['found']],
      ['externalId eq "g-found"', ['found']],
      ['id eq "found" and members eq "cyd"', ['found']],
      ['id eq "found" and members[value eq "ann"]', []],
      ['displayName sw "fou" and members.value eq "cyd"', ['found']],
    ];
    for (const [filter, ids] of rows) {
      const { Resources } = await list(`excludedAttributes=members&filter=${encodeURIComponent(filter)}`);
      assert.deepEqual(
        Resources.map(({ id }: { id: string }) => id),
        ids,
        filter,
      );
      for (const one of Resources) assert.equal(one.members, undefined);
    }
    assert.deepEqual((await list('filter=displayName%20eq%20%22found%22&attributes=members')).Resources, [
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        id: 'found',
        members: [{ value: 'cyd', $ref: '/scim/v2/Users/cyd', type: 'User' }],
      },
    ]);
  });

  test('a group without a name is called by its id', async () => {
    await world.apply(`${HEAD}\nkind: DirectoryGroup\nid: nameless`);
    const { Resources } = await list(`filter=${encodeURIComponent('displayName eq "nameless"')}`);
    assert.equal(Resources[0].displayName, 'nameless');
  });
});

test('ten thousand members: made, listed, one more, one less, all gone, each with one commit', async () => {
  const world = await openAdminWorld();
  try {
    await world.apply(TEAMS);
    const jwt = await world.signIn('root');
    const names = Array.from({ length: 10_000 }, (_, index) => `user-${String(index).padStart(5, '0')}`);
    await world.apply(names.map((id) => `${HEAD}\nkind: DirectoryUser\nid: ${id}`).join('\n---\n'));
    const ask = async (method: ScimMethod, path: string, status: number, body?: unknown) => {
      const before = (await world.store.position()).revision;
      const answer = await scimCall(world, method, path, { jwt, body });
      assert.equal(answer.statusCode, status, answer.body.slice(0, 500));
      const commits = (await world.store.position()).revision - before;
      assert.equal(commits, method === 'GET' ? 0 : 1);
      return answer;
    };
    await ask('POST', '/Groups', 201, newGroup('everybody', names.slice(1)));
    const page = (await ask('GET', '/Groups?count=10', 200)).json();
    assert.equal(page.Resources[0].members.length, 9_999);
    await ask(
      'PATCH',
      '/Groups/everybody',
      204,
      patchOf({ op: 'add', path: 'members', value: [{ value: names[0] }] }),
    );
    await ask(
      'PATCH',
      '/Groups/everybody',
      204,
      patchOf({ op: 'remove', path: 'members[value eq "user-00007"]' }),
    );
    const group = (await ask('GET', '/Groups/everybody', 200)).json();
    assert.equal(group.members.length, 9_999);
    await ask('DELETE', '/Groups/everybody', 204);
    const { groups } = (await ask('GET', '/Users/user-00001', 200)).json();
    assert.equal(groups, undefined);
    assert.deepEqual(world.faults, []);
  } finally {
    await world.close();
  }
});
