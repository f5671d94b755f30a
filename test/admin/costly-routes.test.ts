import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const ATTACK = `/${'.{0,1000}'.repeat(100)}z`;
const route = (regex: string) => ({
  id: 'costly',
  namespace: 'team-a',
  hosts: ['a.example.com'],
  path: { regex },
  policies: [],
  encoded_slash: 'refuse',
});

let world: AdminWorld;
let manager: string;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  manager = await world.signIn('manager');
});
after(async () => {
  assert.deepEqual(world.faults, []);
  await world.close();
});

const put = (regex: string, query = '', headers: Record<string, string> = { 'if-none-match': '*' }) =>
  world.call('PUT', `/routes/costly${query}`, { jwt: manager, headers, body: route(regex) });

test('a costly regex is refused with its cost, the limit and the place, also in a dry run', async () => {
  for (const query of ['', '?dry_run=true']) {
    const answer = await put(ATTACK, query);
    assert.equal(answer.statusCode, 422, answer.body);
    const [error, ...others] = answer.json().errors;
    assert.deepEqual(others, []);
    assert.equal(error.path, 'path.regex');
    assert.match(error.message, /of a cost of at most 256, got one of \d+$/);
  }
  const answer = await world.call('POST', '/resources:apply?dry_run=true', {
    jwt: manager,
    body: { resources: [{ apiVersion: 'sallyport/v1alpha1', kind: 'Route', ...route(ATTACK) }] },
  });
  assert.equal(answer.statusCode, 422, answer.body);
  assert.match(answer.body, /Route costly: path\.regex/);
});

test('one that an older version stored can be listed, read, exported and replaced', async () => {
  const { revision } = await world.store.position();
  await world.store.commit(revision, [{ key: { kind: 'route', id: 'costly' }, value: route(ATTACK) }]);
  const listed = await world.call('GET', '/routes', { jwt: manager });
  assert.equal(listed.statusCode, 200, listed.body);
  const read = await world.call('GET', '/routes/costly', { jwt: manager });
  assert.equal(read.json().path.regex, ATTACK);
  const exported = await world.call('GET', '/resources', { jwt: manager });
  assert.equal(exported.statusCode, 200, exported.body);
  const replaced = await put('/files/.*', '', { 'if-match': String(read.headers.etag) });
  assert.equal(replaced.statusCode, 200, replaced.body);
});

test('explain names the stored route for which a request fails', async () => {
  const { revision } = await world.store.position();
  await world.store.commit(revision, [{ key: { kind: 'route', id: 'costly' }, value: route(ATTACK) }]);
  const answer = await world.call('POST', '/decisions:explain', {
    jwt: manager,
    body: { url: 'https://a.example.com/x' },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  const { decision, belongs_to } = answer.json();
  assert.equal(decision.verdict, 'failure');
  assert.equal(decision.detail, 'route costly: its regular expression is unusable');
  assert.equal(belongs_to.way, null);
  assert.equal(belongs_to.namespace, 'team-a');
});
