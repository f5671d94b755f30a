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

describe('SCIM users', () => {
  let world: AdminWorld;
  let root: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    root = await world.signIn('root');
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  const ask = (method: ScimMethod, path: string, call: ScimCall = {}) =>
    scimCall(world, method, path, { jwt: root, ...call });
  const stored = (id: string) => new Reader(world.store).find('directory_user', id);
  const make = async (userName: string, more: object = {}) => {
    const answer = await ask('POST', '/Users', { body: newUser(userName, more) });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer;
  };
  const list = async (query: string) => {
    const answer = await ask('GET', `/Users?${query}`);
    assert.equal(answer.statusCode, 200, answer.body);
    const { totalResults, Resources } = answer.json();
    return { totalResults, ids: Resources.map(({ id }: { id: string }) => id) };
  };

  test('one is made from what an identity provider sends, and read back', async () => {
    const made = await make('ann@example.com', {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      ],
      externalId: '00u1',
      name: { givenName: 'Ann', familyName: 'Archer', middleName: 'B' },
      emails: [
        { value: 'home@example.com', type: 'home' },
        { value: 'ann@example.com', type: 'work', primary: true },
      ],
      active: true,
      title: 'Archer',
      password: 'never kept',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'woods' },
    });
    assert.equal(made.headers['content-type'], 'application/scim+json; charset=utf-8');
    assert.equal(made.headers.location, '/scim/v2/Users/ann%40example.com');
    const body = made.json();
    assert.equal(body.meta.version, made.headers.etag);
    assert.deepEqual(
      { ...body, meta: undefined },
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        id: 'ann@example.com',
        userName: 'ann@example.com',
        externalId: '00u1',
        displayName: 'Ann Archer',
        name: { formatted: 'Ann Archer', givenName: 'Ann', familyName: 'Archer' },
        emails: [{ value: 'ann@example.com', type: 'work', primary: true }],
        active: true,
        meta: undefined,
      },
    );
    assert.deepEqual((await ask('GET', '/Users/ann%40example.com')).json(), body);
    assert.ok(!JSON.stringify(await stored('ann@example.com')).includes('never kept'));
  });

  test('it is in the activity log, by whoever made it', async () => {
    await make('logged');
    const { items } = (await world.call('GET', '/activity?entity=logged', { jwt: root })).json();
    assert.equal(items[0].author.account, 'root');
    assert.equal(items[0].kind, 'DirectoryUser');
  });

  test('the same name is refused, in another letter case too', async () => {
    await make('twice@example.com');
    for (const name of ['twice@example.com', 'Twice@Example.com']) {
      const answer = await ask('POST', '/Users', { body: newUser(name) });
      assert.equal(answer.statusCode, 409, answer.body);
      assert.equal(answer.json().scimType, 'uniqueness');
      assert.equal(answer.json().status, '409');
    }
  });

  test('a name that is the user ID of an account, also of one long deleted, comes with an id that nobody had', async () => {
    await world.apply(`${HEAD}\nkind: ServiceAccount\nid: gone\nnamespace: team-a\nuser_id: gone-id`);
    const removed = await world.call('DELETE', '/service-accounts/gone', { jwt: root });
    assert.equal(removed.statusCode, 200, removed.body);
    for (const name of ['manager', 'gone-id']) {
      const made = await make(name);
      const { id, userName } = made.json();
      assert.equal(userName, name);
      assert.match(id, /^u-[0-9a-f]{16}$/);
      assert.deepEqual(await list(`filter=${encodeURIComponent(`userName eq "${name}"`)}`), {
        totalResults: 1,
        ids: [id],
      });
      assert.equal((await ask('POST', '/Users', { body: newUser(name) })).statusCode, 409);
      assert.equal((await stored(id))?.user_name, name);
      assert.equal(await stored(name), undefined);
    }
    const account = { id: 'taker', namespace: 'team-a', user_id: 'gone-id' };
    const taken = await world.call('PUT', '/service-accounts/taker', { jwt: root, body: account });
    assert.equal(taken.statusCode, 422, taken.body);
  });

  test('a rename keeps the id; letter case alone is no other name', async () => {
    await make('Stays@example.com');
    const path = '/Users/Stays%40example.com';
    const put = (userName: string) => ask('PUT', path, { body: newUser(userName, { displayName: 'S' }) });
    const same = await put('stays@example.com');
    assert.equal(same.statusCode, 200, same.body);
    assert.equal(same.json().userName, 'Stays@example.com');

    const renamed = await put('other@example.com');
    assert.equal(renamed.statusCode, 200, renamed.body);
    assert.deepEqual(
      [renamed.json().id, renamed.json().userName],
      ['Stays@example.com', 'other@example.com'],
    );
    const byName = (name: string) => list(`filter=${encodeURIComponent(`userName eq "${name}"`)}`);
    assert.deepEqual((await byName('OTHER@example.com')).ids, ['Stays@example.com']);
    assert.deepEqual((await byName('stays@example.com')).ids, []);

    // The old name is free for a new person, who is not who policies mean by it.
    const next = (await make('stays@example.com')).json();
    assert.match(next.id, /^u-/);
    const clash = await ask('PATCH', path, {
      body: patchOf({ op: 'replace', path: 'userName', value: 'STAYS@example.com' }),
    });
    assert.equal(clash.statusCode, 409, clash.body);
    assert.equal(clash.json().scimType, 'uniqueness');
    assert.equal((await ask('DELETE', `/Users/${next.id}`)).statusCode, 204);
    const back = await ask('PATCH', path, {
      body: patchOf({ op: 'replace', path: 'userName', value: 'Stays@example.com' }),
    });
    assert.equal(back.json().userName, 'Stays@example.com', back.body);
    assert.equal((await stored('Stays@example.com'))?.user_name, undefined);
  });

  test('a name that a user had is never an account’s', async () => {
    await make('first@example.com');
    const rename = patchOf({ op: 'replace', path: 'userName', value: 'second@example.com' });
    assert.equal((await ask('PATCH', '/Users/first%40example.com', { body: rename })).statusCode, 200);
    const again = patchOf({ op: 'replace', path: 'userName', value: 'third@example.com' });
    assert.equal((await ask('PATCH', '/Users/first%40example.com', { body: again })).statusCode, 200);
    for (const name of ['first@example.com', 'second@example.com', 'third@example.com']) {
      const body = { id: 'taker', namespace: 'team-a', user_id: name };
      const answer = await world.call('PUT', '/service-accounts/taker', { jwt: root, body });
      assert.equal(answer.statusCode, 422, `${name}: ${answer.body}`);
    }
  });

  test('PUT keeps claims and groups, and what it does not say of active and externalId', async () => {
    await world.apply(
      `${HEAD}\nkind: DirectoryUser\nid: claimed\nemail: a@b\ngroups: [ops]\nclaims: { level: [3] }\nactive: false\nexternal_id: x-1`,
    );
    const answer = await ask('PUT', '/Users/claimed', { body: newUser('claimed', { displayName: 'C' }) });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(await stored('claimed'), {
      id: 'claimed',
      name: 'C',
      email: '',
      groups: ['ops'],
      claims: { level: [3] },
      active: false,
      external_id: 'x-1',
    });
    assert.equal(answer.json().active, false);
  });

  test('a version that is stale is refused, and one that is known needs no answer', async () => {
    const { headers } = await make('versioned');
    const first = String(headers.etag);
    const patch = (value: string, ifMatch: string) =>
      ask('PATCH', '/Users/versioned', {
        body: patchOf({ op: 'replace', path: 'displayName', value }),
        headers: { 'if-match': ifMatch },
      });
    const second = await patch('V', first);
    assert.equal(second.statusCode, 200, second.body);
    assert.notEqual(second.headers.etag, first);
    const stale = await patch('W', first);
    assert.equal(stale.statusCode, 412);
    assert.equal(stale.json().status, '412');
    assert.equal(
      (await ask('DELETE', '/Users/versioned', { headers: { 'if-match': first } })).statusCode,
      412,
    );
    const tag = String(second.headers.etag);
    const known = await ask('GET', '/Users/versioned', { headers: { 'if-none-match': tag } });
    assert.equal(known.statusCode, 304);
    assert.equal((await patch('X', '*')).statusCode, 200);
  });

  test('they are found by what identity providers ask for', async () => {
    await make('find-a@example.com', { externalId: 'ext-A', displayName: 'Quote "d" \\ one', active: false });
    await make('find-b@example.com', { externalId: 'ext-a', emails: [{ value: 'FB@example.com' }] });
    const rows: [filter: string, ids: string[]][] = [
      ['userName eq "find-a@example.com"', ['find-a@example.com']],
      ['USERNAME Eq "Find-A@example.com"', ['find-a@example.com']],
      ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "find-a@example.com"', ['find-a@example.com']],
      ['userName eq "nobody-of-that-name"', []],
      ['externalId eq "ext-A"', ['find-a@example.com']],
      ['id eq "find-b@example.com"', ['find-b@example.com']],
      ['id eq "FIND-B@example.com"', []],
      ['userName sw "find-" and active eq false', ['find-a@example.com']],
      ['userName sw "FIND-" and not (active eq false)', ['find-b@example.com']],
      ['emails.value eq "fb@example.com"', ['find-b@example.com']],
      ['emails[type eq "work" and value co "FB@"]', ['find-b@example.com']],
      ['emails eq "fb@example.com"', ['find-b@example.com']],
      ['displayName co "\\"D\\""', ['find-a@example.com']],
      [
        'userName eq "find-a@example.com" or userName eq "find-b@example.com"',
        ['find-a@example.com', 'find-b@example.com'],
      ],
      ['userName sw "find-" and externalId pr', ['find-a@example.com', 'find-b@example.com']],
      ['nickName eq "x"', []],
    ];
    for (const [filter, ids] of rows)
      assert.deepEqual(
        await list(`filter=${encodeURIComponent(filter)}`),
        { totalResults: ids.length, ids },
        filter,
      );
    const searched = await ask('POST', '/Users/.search', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: 'userName sw "find-"',
        attributes: ['userName'],
        count: 1,
      },
    });
    assert.deepEqual(
      searched.json().Resources.map((one: object) => Object.keys(one)),
      [['schemas', 'id', 'userName']],
    );
    assert.equal(searched.json().totalResults, 2);
  });

  test('a filter that is none is refused, at once', async () => {
    const rows = [
      'userName',
      'userName eq',
      'userName eq "a" and',
      'userName zz "a"',
      '(userName eq "a"',
      `userName eq "${'a'.repeat(5000)}"`,
      `userName eq "${'\n'.repeat(60)}`,
      '('.repeat(4000),
    ];
    for (const filter of rows) {
      const answer = await ask('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      assert.equal(answer.statusCode, 400, `${filter.slice(0, 40)}: ${answer.body.slice(0, 200)}`);
      assert.equal(answer.json().scimType, 'invalidFilter');
    }
    // Some libraries write it out as 2 to the power of 60 cases.
    const many = Array(60).fill('(active pr or userName pr)').join(' and ');
    assert.equal((await ask('GET', `/Users?count=0&filter=${encodeURIComponent(many)}`)).statusCode, 200);
  });

  test('pages begin and end where they should, sorted where asked', async () => {
    for (const letter of ['c', 'a', 'b']) await make(`page-${letter}`, { displayName: `${letter}-name` });
    const filter = `filter=${encodeURIComponent('userName sw "page-"')}`;
    assert.deepEqual((await list(filter)).ids, ['page-a', 'page-b', 'page-c']);
    assert.deepEqual(await list(`${filter}&startIndex=2&count=1`), { totalResults: 3, ids: ['page-b'] });
    assert.deepEqual(await list(`${filter}&count=0`), { totalResults: 3, ids: [] });
    assert.deepEqual(await list(`${filter}&startIndex=9`), { totalResults: 3, ids: [] });
    assert.deepEqual(await list(`${filter}&startIndex=-1&count=-3`), { totalResults: 3, ids: [] });
    assert.deepEqual((await list(`${filter}&sortBy=displayName&sortOrder=descending`)).ids, [
      'page-c',
      'page-b',
      'page-a',
    ]);
    const all = await list('count=1000');
    assert.equal(all.totalResults, all.ids.length);
    const pages = [];
    for (let start = 1; start <= all.totalResults; start += 3)
      pages.push(...(await list(`startIndex=${start}&count=3`)).ids);
    assert.deepEqual(pages, all.ids);
    assert.equal((await ask('GET', '/Users?count=many')).statusCode, 400);
  });

  test('only what was asked for is answered', async () => {
    await make('projected', { displayName: 'P', emails: [{ value: 'p@example.com' }] });
    const keys = async (query: string) => Object.keys((await ask('GET', `/Users/projected?${query}`)).json());
    assert.deepEqual(await keys('attributes=userName,emails.value'), ['schemas', 'id', 'userName', 'emails']);
    assert.deepEqual(await keys('excludedAttributes=emails,name,meta,id'), [
      'schemas',
      'id',
      'userName',
      'displayName',
      'active',
    ]);
    const { emails } = (await ask('GET', '/Users/projected?attributes=emails.value')).json();
    assert.deepEqual(emails, [{ value: 'p@example.com' }]);
  });

  test('a deleted user is gone, and the accounts that stood for them stay disabled whoever comes after', async () => {
    await make('leaver@example.com', { displayName: 'L', emails: [{ value: 'leaver@example.com' }] });
    await world.apply(
      `${HEAD}\nkind: ServiceAccount\nid: as-leaver\nnamespace: team-a\nimpersonate: leaver@example.com`,
    );
    const path = '/Users/leaver%40example.com';
    assert.equal((await ask('DELETE', path)).statusCode, 204);
    assert.equal((await ask('GET', path)).statusCode, 404);
    assert.equal((await ask('DELETE', path)).statusCode, 404);
    assert.equal(
      (await list(`filter=${encodeURIComponent('userName eq "leaver@example.com"')}`)).totalResults,
      0,
    );
    const account = () => new Reader(world.store).find('service_account', 'as-leaver');
    assert.equal((await account())?.disabled, true);
    assert.deepEqual(await stored('leaver@example.com'), {
      id: 'leaver@example.com',
      email: '',
      name: '',
      groups: [],
      claims: {},
      active: false,
      deleted: true,
    });

    const { id } = (await make('leaver@example.com', { displayName: 'Another' })).json();
    assert.match(id, /^u-/, 'another person is another user');
    assert.equal((await account())?.disabled, true);
    assert.equal((await stored('leaver@example.com'))?.deleted, true);
    const enabled = await world.call('POST', '/service-accounts/as-leaver/enable', { jwt: root });
    assert.equal(enabled.statusCode, 422, enabled.body);
  });

  test('a deleted user for whom no account stands leaves the name behind', async () => {
    await make('brief');
    assert.equal((await ask('DELETE', '/Users/brief')).statusCode, 204);
    assert.equal(await stored('brief'), undefined);
    const account = { id: 'taker', namespace: 'team-a', user_id: 'brief' };
    const taken = await world.call('PUT', '/service-accounts/taker', { jwt: root, body: account });
    assert.equal(taken.statusCode, 422, taken.body);
    assert.match((await make('brief')).json().id, /^u-/, 'another person is another user');
    const back = { id: 'brief', user_name: 'brief-2' };
    const again = await world.call('PUT', '/directory-users/brief', { jwt: root, body: back });
    assert.equal(again.statusCode, 200, again.body);
  });

  test('JSON by its common name is taken, and a media type of nothing', async () => {
    const json = { 'content-type': 'application/json; charset=utf-8' };
    const made = await ask('POST', '/Users', { body: newUser('by-json'), headers: json });
    assert.equal(made.statusCode, 201, made.body);
    for (const type of ['application/scim+json', 'application/json']) {
      const nothing = await ask('POST', '/Users', { headers: { 'content-type': type } });
      assert.equal(nothing.json().scimType, 'invalidSyntax', nothing.body);
    }
    const removed = await ask('DELETE', '/Users/by-json', {
      headers: { 'content-type': 'application/scim+json' },
    });
    assert.equal(removed.statusCode, 204, removed.body);
  });

  test('what others write is found', async () => {
    await list('count=0');
    await world.apply(`${HEAD}\nkind: DirectoryUser\nid: by-apply\nexternal_id: by-apply-ext`);
    const filter = encodeURIComponent('externalId eq "by-apply-ext"');
    assert.deepEqual((await list(`filter=${filter}`)).ids, ['by-apply']);
    await world.apply(`${HEAD}\nkind: DirectoryUser\nid: by-apply\nexternal_id: changed`);
    assert.deepEqual((await list(`filter=${filter}`)).ids, []);
  });

  test('groups are shown, and not written here', async () => {
    await make('member');
    const group = await ask('POST', '/Groups', { body: newGroup('readers', ['member']) });
    assert.equal(group.statusCode, 201, group.body);
    const { groups } = (await ask('GET', '/Users/member')).json();
    assert.deepEqual(groups, [
      { value: 'readers', display: 'readers', $ref: '/scim/v2/Groups/readers', type: 'direct' },
    ]);
    const refused = await ask('PATCH', '/Users/member', {
      body: patchOf({ op: 'remove', path: 'groups' }),
    });
    assert.equal(refused.json().scimType, 'mutability');
  });

  test('bodies that can not be are refused, and nothing is written', async () => {
    const { revision } = await world.store.position();
    const rows: [body: unknown, scimType: string][] = [
      [{}, 'invalidValue'],
      [[], 'invalidSyntax'],
      ['{', 'invalidSyntax'],
      ['{"userName":"a","__proto__":{"active":false}}', 'invalidSyntax'],
      [newUser(''), 'invalidValue'],
      [newUser('a\u0000b'), 'invalidValue'],
      [newUser('a'.repeat(257)), 'invalidValue'],
      [newUser('ok', { displayName: 'x'.repeat(300) }), 'invalidValue'],
      [newUser('ok', { active: 'perhaps' }), 'invalidValue'],
      [newUser('ok', { emails: 'a@b' }), 'invalidValue'],
      [{ ...newUser('ok'), schemas: ['urn:other'] }, 'invalidSyntax'],
    ];
    for (const [body, scimType] of rows) {
      const answer = await ask('POST', '/Users', { body });
      assert.equal(answer.statusCode, 400, `${JSON.stringify(body).slice(0, 80)}: ${answer.body}`);
      assert.equal(answer.json().scimType, scimType, JSON.stringify(body).slice(0, 80));
    }
    const huge = await ask('POST', '/Users', { body: newUser('ok', { title: 'x'.repeat(9 << 20) }) });
    assert.equal(huge.statusCode, 413);
    assert.equal(huge.json().status, '413');
    const xml = await ask('POST', '/Users', { body: '<a/>', headers: { 'content-type': 'text/xml' } });
    assert.equal(xml.statusCode, 415);
    assert.equal((await world.store.position()).revision, revision);
  });
});
