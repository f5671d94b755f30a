// Order, count and pages of lists.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const V = 'apiVersion: sallyport/v1alpha1';
const Page = z.object({
  items: z.array(z.looseObject({ id: z.string() })),
  next: z.string().nullable(),
  total: z.int().nullable(),
});

let world: AdminWorld;
let jwt: string;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  await world.apply(
    [
      `${V}\nkind: ServiceAccount\nid: l-a\nnamespace: team-b\nuser_id: l-a\nexpires_at: '2100-01-03T00:00:00Z'`,
      `${V}\nkind: ServiceAccount\nid: l-b\nnamespace: team-a\nuser_id: l-b\nexpires_at: '2100-01-01T00:00:00Z'`,
      `${V}\nkind: ServiceAccount\nid: l-c\nnamespace: team-a\nuser_id: l-c\ndisabled: true`,
      `${V}\nkind: ServiceAccount\nid: l-d\nnamespace: team-b\nuser_id: l-d\nexpires_at: '2020-01-02T00:00:00Z'`,
    ].join('\n---\n'),
  );
  jwt = await world.signIn('root');
});
after(async () => {
  await world.close();
  assert.deepEqual(world.faults, []);
});

async function list(path: string, by: string = jwt) {
  const answer = await world.call('GET', path, { jwt: by });
  assert.equal(answer.statusCode, 200, answer.body);
  return Page.parse(answer.json());
}

/** Ids of all pages of one item each, and the totals that the pages say. */
async function walk(path: string): Promise<{ ids: string[]; totals: Set<number | null> }> {
  const ids: string[] = [];
  const totals = new Set<number | null>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: z.output<typeof Page> = await list(`${path}&limit=1${cursor && `&cursor=${cursor}`}`);
    ids.push(...page.items.map(({ id }) => id));
    totals.add(page.total);
    cursor = page.next;
  }
  return { ids, totals };
}

describe('service accounts', () => {
  const OURS = /^l-/;
  for (const [sort, order, expected] of [
    ['id', 'asc', ['l-a', 'l-b', 'l-c', 'l-d']],
    ['id', 'desc', ['l-d', 'l-c', 'l-b', 'l-a']],
    ['namespace', 'asc', ['l-b', 'l-c', 'l-a', 'l-d']],
    ['expires_at', 'asc', ['l-d', 'l-b', 'l-a', 'l-c']],
    ['expires_at', 'desc', ['l-c', 'l-a', 'l-b', 'l-d']],
    ['status', 'asc', ['l-a', 'l-b', 'l-c', 'l-d']],
    ['status', 'desc', ['l-d', 'l-c', 'l-b', 'l-a']],
  ] as const)
    test(`are sorted by ${sort} ${order}, page by page, with how many there are`, async () => {
      const { ids, totals } = await walk(`/service-accounts?sort=${sort}&order=${order}`);
      assert.deepEqual(
        ids.filter((id) => OURS.test(id)),
        expected,
      );
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(totals, new Set([ids.length]));
    });

  test('are sorted by when they were created', async () => {
    for (const id of ['z-first', 'a-second']) {
      const body = { id, namespace: 'team-a', user_id: id };
      assert.equal((await world.call('POST', '/service-accounts', { jwt, body })).statusCode, 201);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { items } = await list('/service-accounts?sort=created_at&order=desc&limit=2');
    assert.deepEqual(
      items.map(({ id }) => id),
      ['a-second', 'z-first'],
    );
  });

  test('say who created them, and are found by that', async () => {
    const { items, total } = await list('/service-accounts?created_by=root');
    assert.deepEqual(
      items.map(({ id, created_by }) => [id, created_by]),
      ['a-second', 'z-first'].map((id) => [id, { kind: 'account', account: 'root' }]),
    );
    assert.equal(total, 2);
    const { created_by } = (await world.call('GET', '/service-accounts/l-a', { jwt })).json();
    assert.deepEqual(created_by, { kind: 'machine', user: 'tester', host: 'here' });
    assert.ok((await list('/service-accounts?created_by=tester&limit=1')).total ?? 0 > 4);
    assert.deepEqual(await list('/service-accounts?created_by=nobody'), { items: [], next: null, total: 0 });
  });

  test('are counted under the same filters, as far as the caller sees', async () => {
    assert.equal((await list('/service-accounts?status=disabled&limit=1')).total, 1);
    assert.equal((await list('/service-accounts?status=expired&limit=1')).total, 1);
    const manager = await world.signIn('manager');
    const seen = await walk('/service-accounts?sort=id');
    const own = await list('/service-accounts?limit=1', manager);
    assert.ok(own.total !== null && own.total < seen.ids.length);
    assert.equal(own.total, (await list('/service-accounts?namespace=team-a&limit=1')).total);
  });

  test('are counted by a filter that reads records if one page has them all, and not otherwise', async () => {
    assert.equal((await list('/service-accounts?q=l-')).total, 4);
    assert.equal((await list('/service-accounts?q=l-&limit=1')).total, null);
  });

  test('a cursor of another order is refused', async () => {
    const { next } = await list('/service-accounts?sort=status&limit=1');
    for (const query of ['', '?sort=status&order=desc', '?sort=namespace', '?sort=id&order=desc']) {
      const path = `/service-accounts${query}${query === '' ? '?' : '&'}cursor=${next}`;
      const answer = await world.call('GET', path, { jwt });
      assert.equal(answer.statusCode, 400, path);
      assert.equal(answer.json().errors[0].path, 'query.cursor');
    }
    const usual = await list('/service-accounts?limit=1');
    const answer = await world.call('GET', `/service-accounts?sort=status&cursor=${usual.next}`, { jwt });
    assert.equal(answer.statusCode, 400);
  });

  test('a cursor that was made up is refused, and no fault', async () => {
    for (const text of ['status asc\nnot JSON\nx', 'status asc\n{}\nx', 'status asc\n', 'status asc']) {
      const cursor = Buffer.from(text).toString('base64url');
      const answer = await world.call('GET', `/service-accounts?sort=status&cursor=${cursor}`, { jwt });
      assert.equal(answer.statusCode, 400, text);
    }
  });
});

describe('other lists', () => {
  test('of things in namespaces are sorted and counted, too', async () => {
    const { ids, totals } = await walk('/namespaces?sort=id&order=desc');
    assert.deepEqual(ids, [...ids].sort().reverse());
    assert.deepEqual(totals, new Set([ids.length]));
    const byNamespace = await walk('/role-bindings?sort=namespace');
    assert.ok(byNamespace.ids.length > 1);
    const { items } = await list('/role-bindings?sort=namespace');
    const places = items.map(({ namespace }) => String(namespace));
    assert.deepEqual(places, [...places].sort());
  });

  test('of the directory are by id, both ways', async () => {
    await world.apply(['u1', 'u2', 'u3'].map((id) => `${V}\nkind: DirectoryUser\nid: ${id}`).join('\n---\n'));
    const { ids } = await walk('/directory-users?order=desc');
    assert.deepEqual(ids, [...ids].sort().reverse());
    assert.equal((await list('/directory-users')).total, ids.length);
    assert.equal((await world.call('GET', '/directory-users?sort=namespace', { jwt })).statusCode, 400);
  });
});

describe('what is listed by time', () => {
  const Times = Page.omit({ total: true }).extend({
    items: z.array(z.looseObject({ time: z.string().optional(), id: z.string().optional() })),
    last: z.string().nullable().optional(),
  });
  const line = (n: number) =>
    JSON.stringify({
      event: 'decision',
      time: `2026-11-20T10:00:0${n}.000Z`,
      verdict: 'deny',
      reason: 'user-unauthorized',
      method: 'GET',
      host: 'h',
      path: '/',
    });
  const read = async (path: string) => {
    const answer = await world.call('GET', path, { jwt });
    assert.equal(answer.statusCode, 200, answer.body);
    return Times.parse(answer.json());
  };
  const seconds = ({ items }: z.output<typeof Times>) => items.map(({ time }) => Number(time?.slice(18, 19)));

  test('decisions come newest first; the cursor of the newest lists what came since', async () => {
    await world.store.telemetry.appendDecisions([1, 2, 3].map(line));
    const first = await read('/decisions?limit=2');
    assert.deepEqual(seconds(first), [3, 2]);
    const second = await read(`/decisions?limit=2&cursor=${first.next}`);
    assert.deepEqual([seconds(second), second.next], [[1], null]);
    await world.store.telemetry.appendDecisions([4, 5].map(line));
    const since = await read(`/decisions?order=oldest&cursor=${first.last}`);
    assert.deepEqual(seconds(since), [4, 5]);
    assert.deepEqual(seconds(await read('/decisions?order=oldest&limit=2')), [1, 2]);
    const again = await read(`/decisions?order=oldest&cursor=${since.last}`);
    assert.deepEqual([again.items, again.last], [[], since.last]);
  });

  for (const path of ['/decisions', '/activity'])
    test(`a cursor of ${path} is of one order`, async () => {
      for (const [order, other] of [
        ['newest', 'oldest'],
        ['oldest', 'newest'],
      ]) {
        const { next } = await read(`${path}?limit=1&order=${order}`);
        assert.ok(next);
        assert.equal((await read(`${path}?limit=1&order=${order}&cursor=${next}`)).items.length, 1);
        const answer = await world.call('GET', `${path}?order=${other}&cursor=${next}`, { jwt });
        assert.equal(answer.statusCode, 400);
      }
    });
});
