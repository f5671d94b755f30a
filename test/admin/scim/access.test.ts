// Who may ask SCIM what: every route below /scim/v2, by everybody.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCIM_ROUTES } from '../../../src/admin/scim/scim-routes.ts';
import { SCIM_PREFIX } from '../../../src/admin/scim/scim-schemas.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../../support/admin-world.ts';
import { newGroup, newUser, patchOf, scimCall } from '../../support/scim-client.ts';
import { serverWithHole } from '../server-with-hole.ts';

const CALLERS = ['signed out', 'nobody', 'viewer', 'manager', 'admin', 'root'] as const;
type Caller = (typeof CALLERS)[number];

/** What each route answers an admin of `global`; those that anybody who is signed in may ask answer all of them so. */
const ROWS: Readonly<Record<string, { readonly status: number; readonly open?: true }>> = {
  'GET /Users': { status: 200 },
  'POST /Users/.search': { status: 200 },
  'POST /Users': { status: 201 },
  'GET /Users/:id': { status: 200 },
  'PUT /Users/:id': { status: 200 },
  'PATCH /Users/:id': { status: 200 },
  'DELETE /Users/:id': { status: 204 },
  'GET /Groups': { status: 200 },
  'POST /Groups/.search': { status: 200 },
  'POST /Groups': { status: 201 },
  'GET /Groups/:id': { status: 200 },
  'PUT /Groups/:id': { status: 200 },
  'PATCH /Groups/:id': { status: 204 },
  'DELETE /Groups/:id': { status: 204 },
  'GET /ServiceProviderConfig': { status: 200, open: true },
  'GET /ResourceTypes': { status: 200, open: true },
  'GET /ResourceTypes/:id': { status: 200, open: true },
  'GET /Schemas': { status: 200, open: true },
  'GET /Schemas/:id': { status: 200, open: true },
  'POST /.search': { status: 501, open: true },
  'POST /Bulk': { status: 501, open: true },
  'GET /Me': { status: 501, open: true },
  'POST /Me': { status: 501, open: true },
  'PUT /Me': { status: 501, open: true },
  'PATCH /Me': { status: 501, open: true },
  'DELETE /Me': { status: 501, open: true },
};

describe('SCIM', () => {
  let world: AdminWorld;
  const jwts = new Map<Caller, string>();
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    for (const caller of CALLERS) if (caller !== 'signed out') jwts.set(caller, await world.signIn(caller));
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  test('every route has its row', () => {
    assert.deepEqual(
      SCIM_ROUTES.map(({ method, url }) => `${method} ${url}`).sort(),
      Object.keys(ROWS).sort(),
    );
  });

  let made = 0;
  for (const { method, url } of SCIM_ROUTES)
    test(`${method} ${url}`, async () => {
      const row = ROWS[`${method} ${url}`];
      assert.ok(row);
      for (const caller of CALLERS) {
        const name = `made-${++made}`;
        const isUser = url.startsWith('/Users');
        if (/^\/(Users|Groups)\/:id$/.test(url)) {
          const body = isUser ? newUser(name) : newGroup(name);
          const path = isUser ? '/Users' : '/Groups';
          const there = await scimCall(world, 'POST', path, { jwt: jwts.get('root'), body });
          assert.equal(there.statusCode, 201, there.body);
        }
        const { revision } = await world.store.position();
        const id = url.startsWith('/Schemas')
          ? 'urn:ietf:params:scim:schemas:core:2.0:User'
          : url.startsWith('/ResourceTypes')
            ? 'User'
            : name;
        const write = isUser ? newUser(name, { displayName: 'x' }) : { ...newGroup(name), externalId: 'x' };
        const answer = await scimCall(world, method, url.replace(':id', encodeURIComponent(id)), {
          jwt: jwts.get(caller),
          ...(method !== 'GET' &&
            method !== 'DELETE' && {
              body: url.endsWith('.search')
                ? {}
                : method === 'PATCH'
                  ? patchOf({ op: 'replace', path: 'externalId', value: 'y' })
                  : write,
            }),
        });
        const allowed: boolean = caller === 'root' || (row.open === true && caller !== 'signed out');
        const expected: number = caller === 'signed out' ? 401 : allowed ? row.status : 403;
        const told = `${caller}: ${answer.statusCode} ${answer.body}`;
        assert.equal(answer.statusCode, expected, told);
        if (expected >= 400) {
          assert.equal(answer.headers['content-type'], 'application/scim+json; charset=utf-8');
          assert.deepEqual(answer.json().schemas, ['urn:ietf:params:scim:api:messages:2.0:Error']);
          assert.equal(answer.json().status, String(expected));
        }
        if (expected === 401)
          assert.match(String(answer.headers['www-authenticate']), /^Bearer realm="sallyport"/);
        const isWritten = (await world.store.position()).revision !== revision;
        assert.equal(
          isWritten,
          allowed && expected < 300 && method !== 'GET' && !url.endsWith('.search'),
          told,
        );
      }
    });

  test('whoever may not ask has no body read, and no route that there is not tells anything', async () => {
    const answer = await scimCall(world, 'POST', '/Users', { body: '{ not json' });
    assert.equal(answer.statusCode, 401);
    const unknown = await scimCall(world, 'GET', '/Nothing', { jwt: jwts.get('root') });
    assert.equal(unknown.statusCode, 404);
    assert.deepEqual(unknown.json().schemas, ['urn:ietf:params:scim:api:messages:2.0:Error']);
  });

  test('what discovery says is there: each resource type has its endpoint and its schema', async () => {
    const get = async (path: string) =>
      (await scimCall(world, 'GET', path, { jwt: jwts.get('root') })).json();
    const schemas = (await get('/Schemas')).Resources.map(({ id }: { id: string }) => id);
    for (const { endpoint, schema, meta } of (await get('/ResourceTypes')).Resources) {
      assert.ok(schemas.includes(schema));
      assert.equal((await get(endpoint)).schemas[0], 'urn:ietf:params:scim:api:messages:2.0:ListResponse');
      assert.equal((await get(meta.location.replace('/scim/v2', ''))).schema, schema);
    }
    const config = await get('/ServiceProviderConfig');
    assert.deepEqual(
      [config.patch.supported, config.bulk.supported, config.etag.supported],
      [true, false, true],
    );
  });

  test('a credential that is revoked, or an account that is disabled, counts from the next request on', async () => {
    await world.apply(
      [
        'apiVersion: sallyport/v1alpha1\nkind: ServiceAccount\nid: idp\nnamespace: global\nuser_id: idp',
        'apiVersion: sallyport/v1alpha1\nkind: RoleBinding\nid: idp\naccount: idp\nrole: admin\nnamespace: global',
      ].join('\n---\n'),
    );
    const jwt = await world.signIn('idp');
    const status = async () => (await scimCall(world, 'GET', '/Users?count=0', { jwt })).statusCode;
    assert.equal(await status(), 200);
    await world.call('POST', '/service-accounts/idp/disable', { jwt: jwts.get('root') });
    assert.equal(await status(), 401);
    await world.call('POST', '/service-accounts/idp/enable', { jwt: jwts.get('root') });
    assert.equal(await status(), 200);
    await world.call('DELETE', '/role-bindings/idp', { jwt: jwts.get('root') });
    assert.equal(await status(), 403);
  });

  test('refused credentials are counted together with those of the admin API', async () => {
    const other = await openAdminWorld();
    try {
      for (let count = 0; count < 30; count++) {
        assert.equal((await other.call('GET', '/whoami', { jwt: 'no.good.one' })).statusCode, 401);
        assert.equal((await scimCall(other, 'GET', '/Users', { jwt: 'no.good.one' })).statusCode, 401);
      }
      const limited = await scimCall(other, 'GET', '/Users', { jwt: 'no.good.one' });
      assert.equal(limited.statusCode, 429);
      assert.ok(Number(limited.headers['retry-after']) > 0);
      assert.equal(limited.json().status, '429');
    } finally {
      await other.close();
    }
  });
});

test('a route below SCIM that says nothing of who may use it keeps the server from starting', async () => {
  const world = await openAdminWorld();
  const app = serverWithHole(world.store, SCIM_PREFIX);
  try {
    await assert.rejects(async () => void (await app.ready()), /\/hole says nothing about who may use it/);
  } finally {
    await app.close();
    await world.close();
  }
});
