// One `apply` over the admin API makes a namespace together with what is in it; nobody gains by it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

type Document = Readonly<Record<string, unknown>>;

const resource = (kind: string, fields: Document): Document => ({
  apiVersion: 'sallyport/v1alpha1',
  kind,
  ...fields,
});
const namespace = (id: string, parent: string, fields: Document = {}) =>
  resource('Namespace', { id, parent, ...fields });
const policy = (id: string, where: string, fields: Document = {}) =>
  resource('Policy', { id, namespace: where, ppl: { allow: { or: [{ accept: true }] } }, ...fields });
const account = (id: string, where: string) =>
  resource('ServiceAccount', { id, namespace: where, user_id: id });
/** The file that the README has a newcomer apply. */
const README_RESOURCES = /^( *)```yaml resources\.yaml\n([\s\S]*?)^ *```$/m.exec(
  readFileSync(new URL('../../README.md', import.meta.url), 'utf8'),
);
const binding = (id: string, of: string, role: string, where: string) =>
  resource('RoleBinding', { id, account: of, role, namespace: where });

describe('a namespace together with what is in it', () => {
  let world: AdminWorld;
  const jwts = new Map<string, string>();
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    for (const who of ['root', 'viewer', 'manager', 'admin']) jwts.set(who, await world.signIn(who));
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });
  const apply = (who: string, resources: readonly Document[], query = '') =>
    world.call('POST', `/resources:apply${query}`, { jwt: jwts.get(who), body: { resources } });

  test('the README’s own resources are applied at once, by an admin of global', async () => {
    const [, indent = '', block = ''] = README_RESOURCES ?? [];
    const readme = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const fresh = await openAdminWorld();
    try {
      await fresh.apply(
        [account('root', 'global'), binding('root', 'root', 'admin', 'global')]
          .map((one) => JSON.stringify(one))
          .join('\n---\n'),
      );
      const resources = parseAllDocuments(readme).map((document) => document.toJS());
      const answer = await fresh.call('POST', '/resources:apply', {
        jwt: await fresh.signIn('root'),
        body: { resources },
      });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual(
        answer.json().changes.map(({ action, kind }: Record<string, unknown>) => `${action} ${kind}`),
        ['create Namespace', 'create Policy', 'create Route'],
      );
    } finally {
      await fresh.close();
    }
  });

  test('what one server exports, another one takes in one apply', async () => {
    const other = await openAdminWorld();
    try {
      await other.apply(
        [account('root', 'global'), binding('root', 'root', 'admin', 'global')]
          .map((one) => JSON.stringify(one))
          .join('\n---\n'),
      );
      const { resources } = (await world.call('GET', '/resources', { jwt: jwts.get('root') })).json();
      const jwt = await other.signIn('root');
      const answer = await other.call('POST', '/resources:apply', { jwt, body: { resources } });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual((await other.call('GET', '/resources', { jwt })).json().resources, resources);
    } finally {
      await other.close();
    }
  });

  test('a manager makes namespaces below their own, in any order, with policies, routes and accounts', async () => {
    const answer = await apply('manager', [
      account('in-deep', 'deep'),
      resource('Route', {
        id: 'in-deep',
        namespace: 'deep',
        hosts: ['x.a.example.com'],
        policies: ['p-deep'],
      }),
      policy('p-deep', 'deeper-parent'),
      namespace('deep', 'deeper-parent'),
      namespace('deeper-parent', 'team-a.sub'),
    ]);
    // A route of `deep` may name policies of namespaces above it, and only such.
    assert.equal(answer.statusCode, 200, answer.body);
    const seen = await world.call('GET', '/service-accounts/in-deep', { jwt: jwts.get('manager') });
    assert.equal(seen.statusCode, 200);
  });

  const REFUSED: [title: string, who: string, status: number, says: RegExp, resources: Document[]][] = [
    [
      'a viewer makes none',
      'viewer',
      403,
      /needs the role manager/,
      [namespace('v-1', 'team-a'), policy('v-1', 'v-1')],
    ],
    [
      'a manager binds no role in a namespace that they make',
      'manager',
      403,
      /needs the role admin in namespace m-1/,
      [namespace('m-1', 'team-a'), account('m-1', 'm-1'), binding('m-1', 'm-1', 'viewer', 'm-1')],
    ],
    [
      'a manager grants it no hosts',
      'manager',
      403,
      /with other hosts needs the role admin/,
      [namespace('m-1', 'team-a'), namespace('m-2', 'm-1', { hosts: ['a.example.com'] })],
    ],
    [
      'a manager makes it observe nothing',
      'manager',
      403,
      /needs the role admin/,
      [namespace('m-1', 'team-a', { enforcement: 'observe' })],
    ],
    [
      'an admin makes none beside their own namespace',
      'admin',
      422,
      /team-b is not a namespace below global/,
      [namespace('a-1', 'team-b'), policy('a-1', 'a-1')],
    ],
    [
      'nor below one that is not there, which looks the same',
      'admin',
      422,
      /nowhere is not a namespace below global/,
      [namespace('a-1', 'nowhere'), policy('a-1', 'a-1')],
    ],
    [
      'nor in a circle',
      'admin',
      422,
      /is not a namespace below global/,
      [namespace('a-1', 'a-2'), namespace('a-2', 'a-1'), policy('a-1', 'a-1')],
    ],
    [
      'a namespace of others is not made again to hold a role in it',
      'admin',
      409,
      /the id team-b of a Namespace is in use/,
      [namespace('team-b', 'team-a'), policy('a-1', 'team-b')],
    ],
    [
      'nothing of others is moved into it',
      'admin',
      409,
      /the id root of a ServiceAccount is in use/,
      [namespace('a-1', 'team-a'), account('root', 'a-1')],
    ],
    [
      'a manager moves none that is there below it',
      'manager',
      403,
      /changing namespace team-a.sub needs the role admin in namespace team-a/,
      [namespace('m-1', 'team-a'), namespace('team-a.sub', 'm-1')],
    ],
  ];
  for (const [title, who, status, says, resources] of REFUSED)
    test(`nobody gains by it: ${title}`, async () => {
      const { revision } = await world.store.position();
      for (const query of ['?dry_run=true', '']) {
        const answer = await apply(who, resources, query);
        assert.equal(answer.statusCode, status, answer.body);
        assert.match(answer.body, says);
      }
      assert.equal((await world.store.position()).revision, revision);
    });
});
