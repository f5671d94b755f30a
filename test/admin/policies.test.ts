import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const V = 'apiVersion: sallyport/v1alpha1';
const MORE = [
  `${V}\nkind: ServiceAccount\nid: alice\nnamespace: team-a\nuser_id: alice`,
  `${V}\nkind: ServiceAccount\nid: bob\nnamespace: team-a\nuser_id: bob`,
  `${V}\nkind: ServiceAccount\nid: from-above\nnamespace: global\nuser_id: from-above`,
  `${V}\nkind: DirectoryUser\nid: carol\ngroups: [ops]`,
  `${V}\nkind: ServiceAccount\nid: as-carol\nnamespace: team-a\nimpersonate: carol`,
  `${V}\nkind: Policy\nid: readers\nnamespace: team-a\nppl: {allow: {or: [{user: alice}, {user: from-above}, {groups: {has: ops}}]}}`,
  `${V}\nkind: Policy\nid: hidden\nnamespace: team-b\nppl: {allow: {or: [{user: alice}]}}`,
  `${V}\nkind: Route\nid: orders\nnamespace: team-a\nhosts: [a.example.com]\npolicies: [readers]`,
  `${V}\nkind: Route\nid: theirs\nnamespace: team-b\nhosts: [b.example.com]\npolicies: [hidden]`,
].join('\n---\n');

const decided = (user: string, more: object = {}) => ({
  event: 'decision',
  revision: 1000,
  time: '2026-11-20T10:00:00Z',
  verdict: 'allow',
  reason: 'user-ok',
  authenticated: true,
  account_id: user,
  user_id: user,
  namespace: 'team-a',
  route: 'orders',
  method: 'GET',
  host: 'a.example.com',
  path: '/',
  ...more,
});
const allowing = (...users: string[]) => ({ allow: { or: users.map((user) => ({ user })) } });

const Counted = z.looseObject({ account_id: z.string().optional(), count: z.int() });
const Tried = z.object({
  decisions: z.int(),
  untouched: z.int(),
  same: z.int(),
  turned: z.array(Counted.extend({ before: z.string(), after: z.string() })),
  cannot_tell: z.array(Counted.extend({ missing: z.array(z.string()) })),
  left_out: z.int(),
  in_shadow: z.array(z.string()),
  next: z.string().nullable(),
});

describe('policies that nobody has applied', () => {
  let world: AdminWorld;
  let viewer: string;
  let root: string;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
    await world.apply(MORE);
    viewer = await world.signIn('viewer');
    root = await world.signIn('root');
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  const ask = (verb: 'test' | 'try', body: unknown, jwt = viewer) =>
    world.call('POST', `/policies:${verb}`, { jwt, body });
  const tried = async (body: unknown, jwt = viewer) => {
    const answer = await ask('try', body, jwt);
    assert.equal(answer.statusCode, 200, answer.body);
    return Tried.parse(answer.json());
  };
  const mistakes = async (verb: 'test' | 'try', body: unknown, status: number): Promise<string[]> => {
    const answer = await ask(verb, body);
    assert.equal(answer.statusCode, status, answer.body);
    const { errors = [] } = z
      .object({ errors: z.array(z.object({ path: z.string() })).optional() })
      .parse(answer.json());
    return errors.map(({ path }) => path);
  };

  describe('are held to cases', () => {
    const called = (user_id: string, more: object) => ({ account: { user_id }, ...more });

    test('that bring their document, or name one', async () => {
      const answer = await ask('test', {
        documents: [{ id: 'draft', ppl: allowing('bob') }],
        cases: [
          called('alice', { ppl: 'allow: {and: [{user: alice}]}', expect: 'allow' }),
          called('bob', { policy: 'draft', expect: 'allow' }),
          called('bob', { policy: 'readers', expect: 'deny' }),
          called('bob', { id: 'wrong', policy: 'readers', expect: 'allow' }),
          called('bob', { ppl: { allow: [] }, expect: { error: true } }),
        ],
      });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual(answer.json(), {
        passed: 4,
        failed: 1,
        failures: [{ id: 'wrong', expected: 'allow', actual: 'deny' }],
      });
    });

    test('and a policy that is not there, or not to be seen, is named with its case', async () => {
      for (const policy of ['hidden', 'nowhere'])
        assert.deepEqual(
          await mistakes(
            'test',
            {
              cases: [
                { ppl: allowing('x'), expect: 'deny' },
                { policy, expect: 'deny' },
              ],
            },
            404,
          ),
          ['body.cases.1.policy'],
        );
    });

    test('a case that can not be read is refused with its place', async () => {
      const cases = [{ ppl: allowing('x'), expect: 'deny', request: { client_certificate: { leaf: 'x' } } }];
      assert.deepEqual(await mistakes('test', { cases }, 400), [
        'body.cases.0.request.client_certificate.leaf',
      ]);
      assert.deepEqual(await mistakes('test', { cases: [] }, 400), ['body.cases']);
    });
  });

  describe('are tried on decisions', () => {
    test('sent along: which turn, and which of the same kind there were', async () => {
      const { turned, same, untouched, decisions, left_out, next } = await tried({
        documents: [{ id: 'readers', ppl: allowing('bob') }],
        decisions: [
          decided('alice'),
          decided('alice', { time: '2026-11-20T11:00:00Z' }),
          decided('bob', { verdict: 'deny', refusal: 'forbidden', reason: 'user-unauthorized' }),
          decided('alice', {
            user_id: undefined,
            account_id: undefined,
            authenticated: undefined,
            verdict: 'deny',
            reason: 'no-credential',
            refusal: 'unauthenticated',
          }),
          decided('alice', { route: undefined }),
          decided('alice', { namespace: 'team-b', route: 'theirs' }),
          decided('alice', { namespace: 'nowhere' }),
        ],
      });
      assert.deepEqual(
        turned.map(({ account_id, count, before, after }) => [account_id, count, before, after]),
        [
          ['alice', 2, 'allow', 'deny'],
          ['bob', 1, 'deny', 'allow'],
        ],
      );
      assert.deepEqual(
        { same, untouched, decisions, left_out, next },
        { same: 1, untouched: 1, decisions: 5, left_out: 2, next: null },
      );
    });

    test('that the store holds, page by page, of the namespaces that one sees', async () => {
      const lines = [
        ...Array.from({ length: 5 }, (_, index) => decided('alice', { path: `/${index}` })),
        decided('alice', { namespace: 'team-b', route: 'theirs' }),
        decided('bob', {
          verdict: 'deny',
          refusal: 'forbidden',
          reason: 'user-unauthorized',
          time: '2026-11-20T12:00:00Z',
        }),
      ];
      await world.store.telemetry.appendDecisions(lines.map((line) => JSON.stringify(line)));
      const documents = [{ id: 'readers', ppl: allowing('bob') }];
      const first = await tried({ documents, stored: { limit: 4 } });
      assert.equal(first.decisions, 4);
      assert.notEqual(first.next, null);
      const second = await tried({ documents, stored: { limit: 4, cursor: first.next } });
      assert.deepEqual([second.decisions, second.next], [2, null]);
      assert.deepEqual([...first.turned, ...second.turned].length, 6);
      const whole = await tried({ documents });
      assert.deepEqual([whole.decisions, whole.next, whole.left_out], [6, null, 0]);
      const filtered = await tried({ documents, stored: { account: 'bob', since: '2026-11-20T12:00:00Z' } });
      assert.deepEqual(
        filtered.turned.map(({ before, after }) => [before, after]),
        [['deny', 'allow']],
      );
    });

    test('an enforced policy turns what is decided below it, and one in shadow mode nothing', async () => {
      const policy = {
        id: 'closed',
        namespace: 'team-a',
        enforced: true,
        ppl: { deny: { and: [{ user: 'alice' }] } },
      };
      const decisions = [decided('alice')];
      const { turned } = await tried({ policies: [policy], decisions });
      assert.deepEqual(
        turned.map(({ after }) => after),
        ['deny'],
      );
      const shadowed = await tried({ policies: [{ ...policy, mode: 'shadow' }], decisions });
      assert.deepEqual([shadowed.turned, shadowed.in_shadow], [[], ['closed']]);
      assert.equal((await world.call('GET', '/policies/closed', { jwt: root })).statusCode, 404);
    });

    test('whom an account stands for is known to those who see the directory', async () => {
      const body = {
        documents: [{ id: 'readers', ppl: allowing('alice') }],
        decisions: [decided('as-carol', { user_id: 'carol' })],
      };
      assert.deepEqual(
        (await tried(body)).cannot_tell.map(({ missing }) => missing),
        [['directory']],
      );
      assert.deepEqual(
        (await tried(body, root)).turned.map(({ after }) => after),
        ['deny'],
      );
    });

    test('of a caller who is not to be seen only what a sidecar recorded is judged', async () => {
      const decisions = [decided('from-above'), decided('alice', { user_id: 'from-above' })];
      const documents = [{ id: 'readers', ppl: allowing('alice') }];
      const claimed = await tried({ documents, decisions });
      assert.deepEqual(
        claimed.cannot_tell.map(({ missing }) => missing),
        [['caller'], ['caller']],
      );
      assert.equal((await tried({ documents, decisions: decisions.slice(0, 1) }, root)).turned.length, 1);
    });

    test('a route or a policy of others is the same as none', async () => {
      const documents = [{ id: 'readers', ppl: allowing('alice') }];
      const missingOf = async (more: object) =>
        (await tried({ documents, decisions: [decided('alice', more)] })).cannot_tell.map(
          ({ missing }) => missing,
        );
      for (const route of ['theirs', 'nowhere'])
        assert.deepEqual(await missingOf({ route }), [['route']], route);
      for (const policy of ['hidden', 'nowhere'])
        assert.deepEqual(
          await missingOf({ route: undefined, policies: ['readers', policy] }),
          [['policies']],
          policy,
        );
    });

    test('what could not be written is not tried', async () => {
      const decisions = [decided('alice')];
      const status = async (body: object) => (await ask('try', { decisions, ...body })).statusCode;
      assert.equal(await status({ documents: [{ id: 'hidden', ppl: allowing('x') }] }), 404);
      assert.equal(await status({ documents: [{ id: 'nowhere', ppl: allowing('x') }] }), 404);
      assert.equal(await status({ policies: [{ id: 'p', namespace: 'team-b', ppl: allowing('x') }] }), 404);
      assert.equal(
        await status({ policies: [{ id: 'hidden', namespace: 'team-a', ppl: allowing('x') }] }),
        409,
      );
      assert.equal(await status({}), 400);
      assert.deepEqual(
        await mistakes(
          'try',
          { decisions, documents: [{ id: 'readers', ppl: { allow: { and: [{ usr: 'x' }] } } }] },
          422,
        ),
        ['body.documents.0.ppl: allow.and[0].usr'],
      );
      const twice = [{ id: 'readers', ppl: allowing('x') }];
      assert.equal(await status({ documents: [...twice, ...twice] }), 422);
    });

    test('a cursor that is none of the stream is a mistake', async () => {
      const documents = [{ id: 'readers', ppl: allowing('x') }];
      const cursor = Buffer.from('abc').toString('base64url');
      assert.equal((await ask('try', { documents, stored: { cursor } })).statusCode, 400);
      assert.equal((await world.call('GET', `/decisions?cursor=${cursor}`, { jwt: viewer })).statusCode, 400);
    });
  });
});
