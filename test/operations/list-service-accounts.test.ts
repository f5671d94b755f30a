import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { Credential } from '../../src/accounts/service-account-schema.ts';
import { credentialsExpireAt } from '../../src/operations/account-view.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const V = 'apiVersion: sallyport/v1alpha1';
const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

describe('when the credentials of an account expire', () => {
  const now = Date.parse('2026-11-20T00:00:00Z');
  const day = (offset: number) => new Date(now + offset * DAY).toISOString();
  let made = 0;
  const credential = (purpose: 'mesh' | 'admin', expires?: number, revoked?: number) =>
    Credential.parse({
      id: `c${++made}`,
      account: 'a',
      purpose,
      issued_at: day(-100),
      ...(expires !== undefined && { expires_at: day(expires) }),
      ...(revoked !== undefined && { revoked_at: day(revoked) }),
    });
  const TABLE: [what: string, credentials: Credential[], days: number | undefined][] = [
    ['without any: never', [], undefined],
    ['one without an end: never', [credential('mesh')], undefined],
    ['one', [credential('mesh', 3)], 3],
    ['the last of those for one use', [credential('mesh', 3), credential('mesh', 90)], 90],
    ['one that was replaced by one without an end', [credential('mesh', 3), credential('mesh')], undefined],
    ['the first of two uses', [credential('mesh', 3), credential('admin', 90)], 3],
    ['one use of two', [credential('mesh', 3), credential('admin')], 3],
    ['revoked ones do not count', [credential('mesh', 3), credential('mesh', 90, -1)], 3],
    ['nor do expired ones beside one that is good', [credential('mesh', 3), credential('admin', -5)], 3],
    ['where all have expired, since when', [credential('mesh', -9), credential('mesh', -5)], -5],
    ['where all are revoked: nothing is to expire', [credential('mesh', 3, -1)], undefined],
  ];
  for (const [what, credentials, days] of TABLE)
    test(what, () =>
      assert.equal(credentialsExpireAt(credentials, now), days === undefined ? undefined : now + days * DAY),
    );
});

describe('service accounts are found', () => {
  let world: AdminWorld;
  let manager: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    await world.apply(
      [
        `${V}\nkind: DirectoryUser\nid: carol`,
        `${V}\nkind: ServiceAccount\nid: as-carol\nnamespace: team-a\nimpersonate: carol`,
        `${V}\nkind: ServiceAccount\nid: ending\nnamespace: team-a\nuser_id: ending\nexpires_at: '${inDays(5)}'`,
        `${V}\nkind: ServiceAccount\nid: elsewhere\nnamespace: team-b\nuser_id: elsewhere\nexpires_at: '${inDays(5)}'`,
      ].join('\n---\n'),
    );
    manager = await world.signIn('manager');
    for (const [id, days] of [
      ['soon', 3],
      ['later', 60],
      ['never', undefined],
    ] as const) {
      const body = { id, namespace: 'team-a', user_id: id };
      assert.equal((await world.call('POST', '/service-accounts', { jwt: manager, body })).statusCode, 201);
      if (days === undefined) continue;
      const rotated = { expires_at: inDays(days), old_valid_for_seconds: 0 };
      const path = `/service-accounts/${id}/credentials`;
      assert.equal((await world.call('POST', path, { jwt: manager, body: rotated })).statusCode, 201);
    }
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  const Page = z.object({
    items: z.array(z.looseObject({ id: z.string(), credentials_expire_at: z.string().nullable() })),
    next: z.string().nullable(),
  });
  const list = async (query: string) => {
    const answer = await world.call('GET', `/service-accounts?${query}`, { jwt: manager });
    assert.equal(answer.statusCode, 200, answer.body);
    return Page.parse(answer.json());
  };
  const found = async (query: string) => (await list(query)).items.map(({ id }) => id);

  test('that expire soon, themselves or by their credentials', async () => {
    assert.deepEqual(await found('expires_within_days=7'), ['ending', 'soon']);
    assert.deepEqual(await found('expires_within_days=90'), ['ending', 'later', 'soon']);
    assert.deepEqual(await found('expires_within_days=1'), []);
    assert.deepEqual(await found('expires_within_days=7&q=soo'), ['soon']);
  });

  test('with when their credentials expire, in lists and by themselves', async () => {
    const { items } = await list('q=soon');
    const [soon] = items;
    assert.ok(soon?.credentials_expire_at && Date.parse(soon.credentials_expire_at) < Date.now() + 4 * DAY);
    const one = (await world.call('GET', '/service-accounts/soon', { jwt: manager })).json();
    assert.equal(one.credentials_expire_at, soon.credentials_expire_at);
    assert.deepEqual(
      (await list('q=never')).items.map(({ credentials_expire_at }) => credentials_expire_at),
      [null],
    );
  });

  test('that stand for a directory user, or do not', async () => {
    assert.deepEqual(await found('impersonate=true'), ['as-carol']);
    const others = await found('impersonate=false');
    assert.ok(others.includes('soon') && !others.includes('as-carol'));
  });

  test('by what they have good credentials for', async () => {
    assert.deepEqual(await found('purpose=admin'), ['manager']);
    assert.deepEqual(await found('purpose=mesh'), ['later', 'never', 'soon']);
    assert.deepEqual(await found('purpose=pomerium'), []);
  });

  test('that have roles, or none', async () => {
    assert.deepEqual(await found('has_roles=true'), ['admin', 'manager', 'viewer']);
    const others = await found('has_roles=false');
    assert.ok(others.includes('nobody') && !others.includes('manager'));
  });

  test('page by page, however few pass', async () => {
    const first = await list('expires_within_days=7&limit=1');
    assert.deepEqual(
      first.items.map(({ id }) => id),
      ['ending'],
    );
    const second = await list(`expires_within_days=7&limit=1&cursor=${first.next}`);
    assert.deepEqual(
      second.items.map(({ id }) => id),
      ['soon'],
    );
  });
});
