// SCIM requests as Entra ID, Okta and Google Workspace send them, each with where it was recorded or
// documented.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Reader } from '../../../src/operations/reader.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../../support/admin-world.ts';
import { newGroup, newUser, type ScimCall, type ScimMethod, scimCall } from '../../support/scim-client.ts';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** MicrosoftDocs/entra-docs, docs/identity/app-provisioning/ */
const ENTRA_FLAGS = 'application-provisioning-config-problem-scim-compatibility.md';
const ENTRA_SCIM = 'use-scim-to-provision-users-and-groups.md';
const OKTA = 'developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20';
const OBJECT_ID = '0ae1d1b45f4c4d3bb1a2c3d4e5f60718';
const patch = (...Operations: unknown[]) => ({ schemas: [PATCH], Operations });

describe('requests of identity providers', () => {
  let world: AdminWorld;
  let root: string;
  let made = 0;
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
  const make = async (more: object = {}) => {
    const name = `user-${++made}@corp.example`;
    const body = newUser(name, { displayName: 'U', externalId: `ext-${made}`, ...more });
    const answer = await ask('POST', '/Users', { body });
    assert.equal(answer.statusCode, 201, answer.body);
    return name;
  };

  const LEAVES: [
    name: string,
    source: string,
    method: 'PATCH' | 'PUT',
    body: (user: string) => object,
    name_after: (user: string) => string,
  ][] = [
    [
      'Entra ID: soft delete, renamed and deactivated in one PATCH',
      'github.com/onyx-dot-app/onyx/pull/14074',
      'PATCH',
      (user) =>
        patch(
          { op: 'Replace', path: 'userName', value: `${OBJECT_ID}${user}` },
          { op: 'Replace', path: 'active', value: 'False' },
        ),
      (user) => `${OBJECT_ID}${user}`,
    ],
    [
      'Entra ID: the same the other way round, with true JSON',
      'github.com/onyx-dot-app/onyx/pull/14074, with the flag aadOptscim062020',
      'PATCH',
      (user) =>
        patch(
          { op: 'replace', value: { active: false } },
          { op: 'replace', path: 'userName', value: `b${user}` },
        ),
      (user) => `b${user}`,
    ],
    [
      'Entra ID: the same with PUT',
      'github.com/onyx-dot-app/onyx/pull/14074',
      'PUT',
      (user) => ({ schemas: [CORE, ENTERPRISE], userName: `${OBJECT_ID}${user}`, active: 'False' }),
      (user) => `${OBJECT_ID}${user}`,
    ],
    [
      'Entra ID: unassigned',
      ENTRA_FLAGS,
      'PATCH',
      () => patch({ op: 'Replace', path: 'active', value: 'False' }),
      (user) => user,
    ],
    [
      'Entra ID: its older form',
      'the job customappsso, before December 2018',
      'PATCH',
      () => patch({ op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] }),
      (user) => user,
    ],
    [
      'Okta: deactivated by PATCH',
      OKTA,
      'PATCH',
      () => patch({ op: 'replace', value: { active: false } }),
      (user) => user,
    ],
    [
      'Okta: deactivated by PUT of the whole user',
      'github.com/oktadeveloper/okta-blog-archive/pull/1956',
      'PUT',
      (user) => ({
        schemas: [CORE],
        id: user,
        userName: user,
        name: { givenName: 'U', familyName: 'V' },
        emails: [{ primary: true, value: user, type: 'work' }],
        displayName: 'U V',
        locale: 'en-US',
        groups: [],
        active: false,
      }),
      (user) => user,
    ],
    [
      'Entra ID with the flag aadOptscim062020: disabled',
      ENTRA_FLAGS,
      'PATCH',
      () => patch({ op: 'replace', path: 'active', value: false }),
      (user) => user,
    ],
    [
      'Entra ID’s validator: dotted names in one object, without a path',
      'github.com/scimmyjs/scimmy/issues/10',
      'PATCH',
      (user) =>
        patch({
          op: 'replace',
          value: {
            userName: `hester_${user}`,
            'name.familyName': 'Russell',
            'name.givenName': 'Josie',
            active: false,
          },
        }),
      (user) => `hester_${user}`,
    ],
    [
      'without schemas',
      'github.com/ssoready/ssoready/pull/206',
      'PATCH',
      () => ({ Operations: [{ op: 'replace', value: { active: false } }] }),
      (user) => user,
    ],
    [
      'SailPoint: added, not replaced',
      'developer.sailpoint.com/discuss/t/scim-api-patch-op/7752',
      'PATCH',
      () => patch({ op: 'add', value: { active: false } }),
      (user) => user,
    ],
    [
      'Google: suspended',
      'github.com/getsentry/sentry/pull/27199',
      'PATCH',
      () => patch({ op: 'replace', path: 'active', value: false }),
      (user) => user,
    ],
  ];
  for (const [name, source, method, body, nameAfter] of LEAVES)
    test(`${name} (${source}): the id stays, the user is not active, their accounts are refused`, async () => {
      const user = await make();
      const told = world.dropped.length;
      const answer = await ask(method, `/Users/${encodeURIComponent(user)}`, { body: body(user) });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual(
        [answer.json().id, answer.json().userName, answer.json().active],
        [user, nameAfter(user), false],
      );
      assert.equal((await stored(user))?.active, false);
      assert.equal(world.dropped.length, told, 'nothing was left out');
      assert.deepEqual((await ask('GET', `/Users/${encodeURIComponent(user)}`)).json(), answer.json());
    });

  const REFUSED: [name: string, method: 'PATCH' | 'PUT', body: (user: string) => unknown, dropped: RegExp][] =
    [
      [
        'a name that another user has',
        'PATCH',
        () =>
          patch(
            { op: 'Replace', path: 'userName', value: 'TAKEN@corp.example' },
            { op: 'Replace', path: 'active', value: 'False' },
          ),
        /TAKEN@corp/,
      ],
      [
        'a name with an override of direction',
        'PATCH',
        () =>
          patch(
            { op: 'Replace', path: 'userName', value: 'a\u202eb' },
            { op: 'Replace', path: 'active', value: 'False' },
          ),
        /U\+202E/,
      ],
      [
        'attributes that there are not, and operations',
        'PATCH',
        () =>
          patch(
            { op: 'Add', path: 'colour', value: 'red' },
            { op: 'Move', path: 'x' },
            'unexpected-response',
            {
              op: 'Replace',
              path: 'active',
              value: 'False',
            },
          ),
        /colour.*not readable/,
      ],
      [
        'a name in the same object that is no text',
        'PATCH',
        () => patch({ op: 'replace', value: { active: false, userName: 7 } }),
        /userName/,
      ],
      [
        'schemas of another message',
        'PATCH',
        () => ({ schemas: ['urn:x'], Operations: [{ op: 'replace', path: 'ACTIVE', value: false }] }),
        /schemas/,
      ],
      [
        'other attributes of a PUT',
        'PUT',
        () => ({
          userName: 'taken@corp.example',
          displayName: 'x'.repeat(300),
          emails: 'none',
          active: false,
        }),
        /userName.*displayName.*emails/,
      ],
      ['no userName in a PUT', 'PUT', () => ({ active: 'false' }), /userName/],
      [
        'groups, and an id',
        'PATCH',
        () =>
          patch(
            { op: 'add', path: 'groups', value: [{ value: 'admins' }] },
            { op: 'replace', value: { id: 'other' } },
            { op: 'replace', path: `${CORE}:active`, value: 'false' },
          ),
        /groups.*id/,
      ],
    ];
  for (const [name, method, body, dropped] of REFUSED)
    test(`a deactivation is not lost for what is beside it: ${name}`, async () => {
      if ((await ask('GET', '/Users?filter=userName eq "taken@corp.example"')).json().totalResults === 0)
        assert.equal((await ask('POST', '/Users', { body: newUser('taken@corp.example') })).statusCode, 201);
      const user = await make({ emails: [{ value: 'kept@corp.example', primary: true }] });
      const before = await stored(user);
      const told = world.dropped.length;
      const answer = await ask(method, `/Users/${encodeURIComponent(user)}?count=many`, { body: body(user) });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual(await stored(user), { ...before, active: false });
      assert.deepEqual((await ask('GET', `/Users/${encodeURIComponent(user)}`)).json(), answer.json());
      assert.equal(world.dropped.length, told + 1);
      assert.equal(world.dropped.at(-1)?.user, user);
      assert.match(world.dropped.at(-1)?.refused.join('; ') ?? '', dropped);
    });

  const CHANGES: [name: string, source: string, operations: object[], expected: object][] = [
    [
      'Entra ID: several attributes, one of them of an extension',
      ENTRA_FLAGS,
      [
        { op: 'Replace', path: 'displayName', value: 'Pvlo' },
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'new@corp.example' },
        { op: 'Replace', path: 'name.givenName', value: 'Gtfd' },
        { op: 'Replace', path: 'name.familyName', value: 'Pkqf' },
        { op: 'Replace', path: 'externalId', value: 'Eqpj' },
        { op: 'Replace', path: `${ENTERPRISE}:employeeNumber`, value: 'Eqpj' },
      ],
      {
        name: 'Pvlo',
        email: 'new@corp.example',
        given_name: 'Gtfd',
        family_name: 'Pkqf',
        external_id: 'Eqpj',
      },
    ],
    [
      'Entra ID with the flag aadOptscim062020: the same',
      ENTRA_FLAGS,
      [
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@corp.example' },
        {
          op: 'replace',
          value: {
            displayName: 'Bjfe',
            'name.givenName': 'Kkom',
            'name.familyName': 'Unua',
            [`${ENTERPRISE}:employeeNumber`]: 'Aklq',
          },
        },
      ],
      { name: 'Bjfe', email: 'new@corp.example', given_name: 'Kkom', family_name: 'Unua' },
    ],
    [
      'Entra ID: an attribute that is not kept',
      ENTRA_FLAGS,
      [{ op: 'Add', path: 'nickName', value: 'Babs' }],
      {},
    ],
    [
      'Entra ID: an address, where there was none',
      'github.com/Metatavu/keycloak-scim-server/issues/35',
      [{ op: 'Add', path: 'emails[type eq "work"].value', value: 'first@corp.example' }],
      { email: 'first@corp.example' },
    ],
    [
      'Entra ID: a name, and the user active in the same request',
      'github.com/FusionAuth/fusionauth-issues/issues/3311',
      [
        { op: 'Replace', path: 'active', value: 'True' },
        { op: 'Add', path: 'name.formatted', value: 'Gtfd Pkqf' },
      ],
      { active: true, name: 'Gtfd Pkqf' },
    ],
    [
      'names without a path',
      'github.com/simpleidserver/SimpleIdServer/issues/494',
      [
        {
          op: 'add',
          value: {
            'name.givenName': 'Sabina',
            'name.familyName': 'Priscilla',
            'name.formatted': 'Cristopher',
            'name.middleName': 'Fannie',
            'name.honorificPrefix': 'Wilbert',
          },
        },
      ],
      { name: 'Cristopher', given_name: 'Sabina', family_name: 'Priscilla' },
    ],
    [
      'part of a name in an object, without a path',
      'github.com/simpleidserver/SimpleIdServer/issues/690',
      [{ op: 'replace', value: { name: { givenName: 'Given Updated' } } }],
      { given_name: 'Given Updated' },
    ],
    [
      'addresses as a list',
      'github.com/Captain-P-Goldfish/scim-for-keycloak/issues/73',
      [
        {
          op: 'replace',
          path: 'emails',
          value: [{ type: 'work', value: 'list@corp.example', primary: true }],
        },
      ],
      { email: 'list@corp.example' },
    ],
  ];
  for (const [name, source, operations, expected] of CHANGES)
    test(`${name} (${source}): is kept`, async () => {
      const user = await make();
      const before = await stored(user);
      const answer = await ask('PATCH', `/Users/${encodeURIComponent(user)}`, { body: patch(...operations) });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual(await stored(user), { ...before, ...expected });
    });

  test('Entra ID: a user who is restored gets the name back, and is the one who left (onyx-dot-app/onyx/pull/14074)', async () => {
    const user = await make();
    const before = await stored(user);
    const path = `/Users/${encodeURIComponent(user)}`;
    for (const [name, active] of [
      [`${OBJECT_ID}${user}`, 'False'],
      [user, 'True'],
    ])
      assert.equal(
        (
          await ask('PATCH', path, {
            body: patch(
              { op: 'Replace', path: 'userName', value: name },
              { op: 'Replace', path: 'active', value: active },
            ),
          })
        ).statusCode,
        200,
      );
    assert.deepEqual(await stored(user), before);
  });

  test('what is not refused beside it is done', async () => {
    const user = await make();
    const body = patch(
      { op: 'Replace', path: 'displayName', value: 'Gone' },
      { op: 'Add', path: 'colour', value: 'red' },
      { op: 'Replace', path: 'active', value: 'False' },
      { op: 'Replace', path: 'userName', value: `gone-${user}` },
    );
    const answer = await ask('PATCH', `/Users/${encodeURIComponent(user)}`, { body });
    assert.deepEqual(
      [answer.json().displayName, answer.json().userName, answer.json().active],
      ['Gone', `gone-${user}`, false],
    );
  });

  test('only who asks, whom, which version and the store refuse it', async () => {
    const user = await make();
    const body = patch(
      { op: 'Add', path: 'colour', value: 1 },
      { op: 'Replace', path: 'active', value: 'False' },
    );
    const path = `/Users/${encodeURIComponent(user)}`;
    assert.equal((await ask('PATCH', '/Users/nobody-of-that-id', { body })).statusCode, 404);
    assert.equal((await ask('PATCH', path, { body, headers: { 'if-match': 'W/"x"' } })).statusCode, 412);
    assert.equal((await scimCall(world, 'PATCH', path, { body })).statusCode, 401);
    const admin = await world.signIn('admin');
    assert.equal((await scimCall(world, 'PATCH', path, { jwt: admin, body })).statusCode, 403);
    assert.equal((await stored(user))?.active, true);
  });

  test('a request that asks for anything else is refused as a whole', async () => {
    const user = await make();
    const rows = [
      patch({ op: 'Replace', path: 'active', value: 'True' }, { op: 'Add', path: 'colour', value: 1 }),
      patch(
        { op: 'Replace', path: 'active', value: 'False' },
        { op: 'Replace', path: 'active', value: 'True' },
        { op: 'Add', path: 'colour', value: 1 },
      ),
      patch({ op: 'Replace', path: 'displayName', value: 'x'.repeat(300) }),
    ];
    for (const body of rows) {
      const answer = await ask('PATCH', `/Users/${encodeURIComponent(user)}`, { body });
      assert.equal(answer.statusCode, 400, answer.body);
      assert.equal((await stored(user))?.active, true);
    }
  });

  test('Entra ID: who is hired again under the name of who left is somebody else', async () => {
    const user = await make();
    const path = `/Users/${encodeURIComponent(user)}`;
    const soft = patch(
      { op: 'Replace', path: 'userName', value: `${OBJECT_ID}x${user}` },
      { op: 'Replace', path: 'active', value: 'False' },
    );
    assert.equal((await ask('PATCH', path, { body: soft })).statusCode, 200);
    const again = await ask('POST', '/Users', { body: newUser(user) });
    assert.equal(again.statusCode, 201, again.body);
    assert.notEqual(again.json().id, user);
    assert.equal(again.json().userName, user);
    const found = await ask('GET', `/Users?filter=${encodeURIComponent(`userName eq "${user}"`)}`);
    assert.deepEqual(
      found.json().Resources.map(({ id }: { id: string }) => id),
      [again.json().id],
    );
    assert.equal((await ask('DELETE', path)).statusCode, 204);
  });

  test('filters: how each looks for users and groups', async () => {
    const user = await make();
    const groups = await ask('POST', '/Groups', { body: newGroup('Filtered', [user]) });
    assert.equal(groups.statusCode, 201, groups.body);
    const rows: [path: string, total: number][] = [
      [`/Users?filter=userName eq "${user}"`, 1],
      [`/Users?filter=userName eq "${user.toUpperCase()}"&startIndex=1&count=100`, 1],
      [`/Users?filter=externalId eq "ext-${made}"`, 1],
      [`/Users?filter=id eq "${user}" and manager eq "x"&attributes=id`, 0],
      ['/Users?startIndex=1&count=2', -1],
      ['/Groups?excludedAttributes=members&filter=displayName eq "Filtered"', 1],
      ['/Groups?filter=displayName eq "filtered"&startIndex=1&count=100', 1],
      [`/Groups?filter=id eq "Filtered" and members eq "${user}"&attributes=id`, 1],
      [`/Groups?filter=members[value eq "${user}"]`, 1],
    ];
    for (const [path, total] of rows) {
      const answer = await ask('GET', encodeURI(path));
      assert.equal(answer.statusCode, 200, `${path}: ${answer.body}`);
      if (total >= 0) assert.equal(answer.json().totalResults, total, path);
    }
  });

  test(`members of a group: added, removed and replaced in the form of each (${ENTRA_SCIM}, ${ENTRA_FLAGS}, ${OKTA})`, async () => {
    const [a, b] = [await make(), await make()];
    assert.equal((await ask('POST', '/Groups', { body: newGroup('Team') })).statusCode, 201);
    const members = async () =>
      ((await ask('GET', '/Groups/Team')).json().members ?? []).map(({ value }: { value: string }) => value);
    const rows: [name: string, operation: object, members: string[]][] = [
      // With the flag aadOptscim062020 Entra ID removes as Okta does.
      ['Entra ID adds', { op: 'Add', path: 'members', value: [{ $ref: null, value: a }] }, [a]],
      ['Okta adds', { op: 'add', path: 'members', value: [{ value: b, display: b }] }, [a, b]],
      ['Entra ID removes', { op: 'Remove', path: 'members', value: [{ $ref: null, value: a }] }, [b]],
      ['Okta removes', { op: 'remove', path: `members[value eq "${b}"]` }, []],
      ['without a path', { op: 'Add', value: { members: [{ value: a }] } }, [a]],
      ['Okta replaces', { op: 'replace', path: 'members', value: [{ value: a }, { value: b }] }, [a, b]],
      ['Okta renames', { op: 'replace', value: { id: 'Team', displayName: 'Crew' } }, [a, b]],
      ['Entra ID renames', { op: 'Replace', path: 'displayName', value: 'Team' }, [a, b]],
      ['removes all', { op: 'remove', path: 'members' }, []],
    ];
    for (const [name, operation, expected] of rows) {
      const answer = await ask('PATCH', '/Groups/Team', { body: patch(operation) });
      assert.equal(answer.statusCode, 204, `${name}: ${answer.body}`);
      assert.deepEqual(await members(), expected, name);
    }
    const put = await ask('PUT', '/Groups/Team', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        id: 'Team',
        displayName: 'Team',
        members: [{ value: b }],
      },
    });
    assert.equal(put.statusCode, 200, put.body);
    assert.deepEqual(await members(), [b]);
  });
});
