// Who may put routes on hosts that another namespace owns, and who may turn a namespace to observe; docs/decisions/0009 and 0011.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const V = 'apiVersion: sallyport/v1alpha1';
const account = (id: string, role: string, namespace: string) =>
  `${V}\nkind: ServiceAccount\nid: ${id}\nnamespace: ${namespace}\nuser_id: ${id}\n---\n${V}\nkind: RoleBinding\nid: ${id}\naccount: ${id}\nrole: ${role}\nnamespace: ${namespace}`;

const SUB_HOSTS = ['sub.a.example.com'];

let world: AdminWorld;
beforeEach(async () => {
  world = await openAdminWorld();
  await world.apply(
    [
      TEAMS,
      `${V}\nkind: Namespace\nid: bare\nparent: global`,
      account('sub-manager', 'manager', 'team-a.sub'),
      account('sub-admin', 'admin', 'team-a.sub'),
      account('bare-admin', 'admin', 'bare'),
    ].join('\n---\n'),
  );
});
afterEach(() => world.close());

async function call(as: string, method: 'PUT' | 'DELETE', path: string, body?: unknown) {
  const jwt = await world.signIn(as);
  const answer = await world.call(method, path, { jwt, body });
  // What is there is replaced whatever its version.
  return answer.statusCode === 428
    ? world.call(method, path, { jwt, body, headers: { 'if-match': '*' } })
    : answer;
}

async function status(as: string, method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<number> {
  const { statusCode } = await call(as, method, path, body);
  // 201 where it was made, 204 where nothing is left to say.
  return statusCode < 300 ? 200 : statusCode;
}

const namespace = (id: string, parent: string, fields: object = {}) =>
  ['PUT', `/namespaces/${id}`, { id, parent, ...fields }] as const;
const route = (of: string, hosts?: readonly string[]) =>
  ['PUT', '/routes/r', { id: 'r', namespace: of, policies: [], ...(hosts && { hosts }) }] as const;

describe('a route on hosts that its namespace shares needs a manager where they are held', () => {
  for (const [what, hosts] of [
    ['that it names', SUB_HOSTS],
    ['all of them', undefined],
  ] as const)
    test(what, async () => {
      const refusal = await call('sub-manager', ...route('team-a.sub', hosts));
      assert.equal(refusal.statusCode, 403);
      assert.match(refusal.body, /on hosts that team-a\.sub shares/);
      assert.doesNotMatch(
        refusal.body,
        /team-a\b(?!\.sub)/,
        'the owner is not named to those who may not see it',
      );
      assert.equal(await status('manager', ...route('team-a.sub', hosts)), 200);
      assert.equal(await status('sub-manager', 'DELETE', '/routes/r'), 403);
      assert.equal(await status('sub-manager', ...route('team-a.sub', ['x.a.example.com'])), 403);
      assert.equal(await status('manager', 'DELETE', '/routes/r'), 200);
    });

  test('or that the hosts are granted', async () => {
    assert.equal(await status('admin', ...namespace('team-a.sub', 'team-a', { hosts: SUB_HOSTS })), 200);
    assert.equal(await status('sub-manager', ...route('team-a.sub', SUB_HOSTS)), 200);
    assert.equal(await status('sub-manager', 'DELETE', '/routes/r'), 200);
  });

  test('which is in global if no namespace up there has any', async () => {
    assert.equal(await status('bare-admin', ...route('bare')), 403);
    assert.equal(await status('root', ...route('bare')), 200);
    assert.equal(await status('bare-admin', 'DELETE', '/routes/r'), 403);
  });
});

describe('what a host that was not granted says', () => {
  test('names the owner to those who may see it', async () => {
    const { statusCode, body } = await call('root', ...route('bare', ['b.example.com']));
    assert.equal(statusCode, 422);
    assert.match(body, /team-b holds it/);
  });
  test('and to nobody else', async () => {
    const { statusCode, body } = await call('admin', ...route('team-a', ['b.example.com']));
    assert.equal(statusCode, 422);
    assert.doesNotMatch(body, /team-b|holds it/);
  });
});

describe('observe is granted from above', () => {
  const sub = (enforcement?: string) => namespace('team-a.sub', 'team-a', enforcement ? { enforcement } : {});
  const team = (enforcement?: string) =>
    namespace('team-a', 'global', {
      hosts: ['a.example.com', '*.a.example.com'],
      ...(enforcement && { enforcement }),
    });
  type Call = ReturnType<typeof namespace>;
  const rows: [what: string, before: Call[], change: Call, refused: string[], taken: string][] = [
    ['setting it', [], team('observe'), ['manager', 'admin'], 'root'],
    ['setting it below', [], sub('observe'), ['sub-manager', 'sub-admin', 'manager'], 'admin'],
    ['setting it where it holds already', [team('observe')], sub('observe'), ['sub-admin'], 'admin'],
    [
      'removing one’s own where the namespace above observes: what that one enforces would no longer decide',
      [team('observe'), sub('observe')],
      sub(),
      ['sub-manager', 'sub-admin'],
      'admin',
    ],
    [
      'removing enforce where the namespace above observes',
      [team('observe'), sub('enforce')],
      sub(),
      ['sub-admin'],
      'admin',
    ],
    ['turning to enforce', [team('observe'), sub('observe')], sub('enforce'), ['sub-manager'], 'sub-admin'],
    ['turning to enforce by saying nothing', [sub('observe')], sub(), ['sub-manager'], 'sub-admin'],
    [
      'making one that observes',
      [],
      namespace('team-a.new', 'team-a.sub', { enforcement: 'observe' }),
      ['sub-manager'],
      'sub-admin',
    ],
    [
      'making one below one that observes',
      [sub('observe')],
      namespace('team-a.new', 'team-a.sub'),
      [],
      'sub-manager',
    ],
    [
      'moving to where it observes',
      [namespace('a-watch', 'team-a', { enforcement: 'observe' })],
      namespace('team-a.sub', 'a-watch'),
      ['sub-admin', 'manager'],
      'admin',
    ],
  ];
  for (const [what, before, change, refused, taken] of rows)
    test(what, async () => {
      for (const each of before) assert.ok((await status('root', ...each)) < 300);
      for (const as of refused) {
        const { statusCode, body } = await call(as, ...change);
        assert.ok(
          statusCode === 403 || (statusCode === 422 && as.startsWith('sub')),
          `${as}: ${statusCode} ${body}`,
        );
      }
      const { statusCode, body } = await call(taken, ...change);
      assert.ok(statusCode < 300, `${taken}: ${statusCode} ${body}`);
    });
});

test('coming to share hosts needs a manager where they are held', async () => {
  await world.apply(
    `${V}\nkind: Namespace\nid: mid\nparent: team-a\n---\n${V}\nkind: Namespace\nid: mid.own\nparent: mid\nhosts: [m.a.example.com]\n---\n${account('mid-admin', 'admin', 'mid')}`,
  );
  assert.equal(await status('mid-admin', ...namespace('mid.own', 'mid')), 403);
  assert.equal(await status('admin', ...namespace('mid.own', 'mid')), 200);
});
