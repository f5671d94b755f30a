// What takes long keeps nobody waiting who asks for little, and one account takes no more than its share.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

let world: AdminWorld;
let root: string;
let admin: string;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  root = await world.signIn('root');
  admin = await world.signIn('admin');
});
after(async () => {
  await world.close();
  assert.deepEqual(world.faults, []);
});

const apiVersion = 'sallyport/v1alpha1';
const accounts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    apiVersion,
    kind: 'ServiceAccount',
    id: `acc-${index}`,
    namespace: 'team-a',
    user_id: `user-${index}`,
    description: 'x'.repeat(100),
  }));
const policies = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    apiVersion,
    kind: 'Policy',
    id: `policy-${index}`,
    namespace: 'team-a',
    ppl: { allow: { or: [{ user: `user-${index}` }] } },
  }));

const decision = {
  event: 'decision',
  time: '2026-11-20T10:00:00Z',
  verdict: 'deny',
  reason: 'user-unauthorized',
  method: 'GET',
  host: 'a.example.com',
  path: '/',
};

const apply = (resources: object[], dryRun = true) =>
  world.call('POST', `/resources:apply?dry_run=${dryRun}`, { jwt: root, body: { resources } });
const explain = (jwt: string) =>
  world.call('POST', '/decisions:explain', { jwt, body: { url: 'https://a.example.com/' } });

/** Takes some time, for it compiles what it tries. */
const attempt = (jwt: string) =>
  world.call('POST', '/policies:try', {
    jwt,
    body: {
      policies: policies(100).map(({ id, namespace, ppl }) => ({ id, namespace, ppl })),
      decisions: [decision],
    },
  });

test('a cheap request is answered before costly ones that came first', async () => {
  const made = await apply([...accounts(2000), ...policies(500)], false);
  assert.equal(made.statusCode, 200, made.body.slice(0, 500));
  const finished: string[] = [];
  const note = async (name: string, answer: Promise<LightMyRequestResponse>) => {
    const { statusCode, body } = await answer;
    assert.equal(statusCode, 200, `${name}: ${body.slice(0, 300)}`);
    finished.push(name);
  };
  const costly = [
    note('apply', apply(accounts(2000))),
    note('apply', apply(policies(2000))),
    note('export', world.call('GET', '/resources', { jwt: root })),
    note(
      'lint',
      world.call('POST', '/policies:lint', { jwt: root, body: { text: '- {}\n'.repeat(20_000) } }),
    ),
    note('explain', explain(root)),
    note('try', attempt(root)),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  await note('cheap', world.call('GET', '/service-accounts/acc-1', { jwt: admin }));
  assert.ok(!finished.includes('apply') && finished.includes('cheap'), finished.join(' '));
  await Promise.all(costly);
  assert.equal(finished.length, 7);
});

test('an account with too many costly requests is told when to retry, and another is served', async () => {
  const flood = Array.from({ length: 60 }, () => attempt(root));
  const other = explain(admin);
  const answers = await Promise.all(flood);
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  assert.ok(refused.length > 0 && refused.length < 60, String(refused.length));
  for (const { headers } of refused) assert.match(String(headers['retry-after']), /^\d+$/);
  for (const { statusCode } of answers) assert.ok(statusCode === 200 || statusCode === 429);
  assert.equal((await other).statusCode, 200);
  assert.equal((await explain(root)).statusCode, 200, 'and so is the first, later');
});

test('a dry run tells of documents up to a bound, and of every change', async () => {
  const values = Array.from({ length: 100 }, () => 'x'.repeat(4000));
  const big = Array.from({ length: 60 }, (_, index) => ({
    apiVersion,
    kind: 'DirectoryUser',
    id: `big-${index}`,
    claims: { badges: values },
  }));
  for (let start = 0; start < big.length; start += 15)
    assert.equal((await apply(big.slice(start, start + 15), false)).statusCode, 200);
  const { changes } = (
    await world.call('POST', '/resources:delete?dry_run=true', {
      jwt: root,
      body: { resources: big.map(({ kind, id }) => ({ kind, id })) },
    })
  ).json<{ changes: { id: string; before?: object; omitted?: true }[] }>();
  assert.deepEqual(
    changes.map(({ id }) => id),
    big.map(({ id }) => id),
  );
  const told = changes.filter(({ before, omitted }) => before !== undefined && omitted === undefined);
  const omitted = changes.filter((change) => change.before === undefined && change.omitted === true);
  assert.ok(told.length > 30 && omitted.length > 5, `${told.length} told, ${omitted.length} omitted`);
  assert.equal(told.length + omitted.length, 60);
});

test('an export is one JSON document, whoever asks for it', async () => {
  for (const [jwt, least] of [
    [root, 2500],
    [admin, 2500],
  ] as const) {
    const answer = await world.call('GET', '/resources', { jwt });
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const { resources } = answer.json<{ resources: { kind: string; id: string; namespace?: string }[] }>();
    assert.ok(resources.length >= least, String(resources.length));
    if (jwt === admin)
      assert.ok(
        resources.every(({ id, namespace = id }) => namespace === 'team-a' || namespace === 'team-a.sub'),
      );
  }
});
