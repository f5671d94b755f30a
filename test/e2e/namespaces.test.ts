import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HeaderLine } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { applyResources, tryToApply, type Written } from './apply-resources.ts';

/*
 * global ─ org ┬ org-a ┬ org-a-1 ─ org-a-1-x
 *              │       └ org-a-2
 *              └ org-b ─ org-b-1
 */
const PARENTS: Readonly<Record<string, string>> = {
  org: 'global',
  'org-a': 'org',
  'org-a-1': 'org-a',
  'org-a-1-x': 'org-a-1',
  'org-a-2': 'org-a',
  'org-b': 'org',
  'org-b-1': 'org-b',
};
const NAMESPACES = ['global', ...Object.keys(PARENTS)];

/** All but global share the hosts of org, so that routes and namespaces can be moved about. */
function namespace(id: string, parent = PARENTS[id]): Written {
  return { kind: 'Namespace', id, parent, ...(id === 'org' && { hosts: ['*.org.localhost'] }) };
}

const hostOf = (id: string) => (id === 'global' ? 'everywhere.localhost' : `${id}.org.localhost`);

/** The route of a namespace; `of` moves it to another one. */
function route(id: string, of = id): Written {
  return { kind: 'Route', id: `in-${id}`, namespace: of, hosts: [hostOf(id)], policies: ['robots'] };
}

function account(of: string): Written {
  return { kind: 'ServiceAccount', id: 'mover', user_id: 'robot-mover', namespace: of };
}

let stack: Stack;
const tokens = new Map<string, string>();
before(async () => {
  stack = await startStack();
  await applyResources(
    stack.sidecar,
    ...Object.keys(PARENTS).map((id) => namespace(id)),
    ...NAMESPACES.map((id) => route(id)),
  );
  for (const id of ['global', 'org', 'org-a', 'org-a-1', 'org-b'])
    tokens.set(id, (await stack.createAccount(`robot-of-${id}`, id)).jwt);
  tokens.set('mover', (await stack.createAccount('robot-mover', 'org-a', ['--id', 'mover'])).jwt);
});
after(() => stack.stop());

async function answerTo(who: string, where: string): Promise<string> {
  const headers: HeaderLine[] = [['X-Pomerium-Authorization', tokens.get(who) ?? '']];
  const { status, body } = await stack.call({ host: hostOf(where), headers });
  return status === 200 ? '200' : `${status} ${JSON.parse(body).reason}`;
}

/** The namespaces on whose routes the account is let in; everywhere else it has to be refused for its scope. */
async function admittedIn(who: string): Promise<string[]> {
  const admitted: string[] = [];
  for (const where of NAMESPACES) {
    const answer = await answerTo(who, where);
    if (answer === '200') admitted.push(where);
    else assert.equal(answer, '403 namespace-unauthorized', `${who} in ${where}`);
  }
  return admitted;
}

async function becomes(who: string, where: string, answer: string): Promise<void> {
  await waitUntil(`${answer} for ${who} in ${where}`, async () => (await answerTo(who, where)) === answer, {
    timeout: 2000,
  });
}

const OUT = '403 namespace-unauthorized';

for (const [who, where] of [
  ['org-a', ['org-a', 'org-a-1', 'org-a-1-x', 'org-a-2']],
  ['org-a-1', ['org-a-1', 'org-a-1-x']],
  ['org-b', ['org-b', 'org-b-1']],
  ['org', Object.keys(PARENTS)],
  ['global', NAMESPACES],
] as const) {
  test(`an account of ${who} is let in there and below, and nowhere beside or above`, async () => {
    assert.deepEqual(await admittedIn(who), [...where]);
  });
}

test('an account that moves is at once out where it was, and in where it is now', async () => {
  await becomes('mover', 'org-a', '200');
  await applyResources(stack.sidecar, account('org-b'));
  await becomes('mover', 'org-a', OUT);
  assert.deepEqual(await admittedIn('mover'), ['org-b', 'org-b-1']);
  await applyResources(stack.sidecar, account('org-a-1-x'));
  await becomes('mover', 'org-b', OUT);
  assert.deepEqual(await admittedIn('mover'), ['org-a-1-x']);
  await applyResources(stack.sidecar, account('org-a'));
  await becomes('mover', 'org-a', '200');
});

test('a route that moves takes its callers from where it is now', async () => {
  await applyResources(stack.sidecar, route('org-a', 'org-b'));
  await becomes('org-a', 'org-a', OUT);
  assert.equal(await answerTo('org-b', 'org-a'), '200');
  await applyResources(stack.sidecar, route('org-a', 'org'));
  await becomes('org-b', 'org-a', OUT);
  assert.equal(await answerTo('org-a', 'org-a'), OUT, 'above its own namespace');
  await applyResources(stack.sidecar, route('org-a'));
  await becomes('org-a', 'org-a', '200');
});

test('a namespace that moves takes its routes, its accounts and those below along', async () => {
  await applyResources(stack.sidecar, namespace('org-a-1', 'org-b'));
  await becomes('org-a', 'org-a-1', OUT);
  assert.deepEqual(await admittedIn('org-a'), ['org-a', 'org-a-2']);
  assert.deepEqual(await admittedIn('org-b'), ['org-a-1', 'org-a-1-x', 'org-b', 'org-b-1']);
  assert.deepEqual(await admittedIn('org-a-1'), ['org-a-1', 'org-a-1-x'], 'its own account goes with it');
  await applyResources(stack.sidecar, namespace('org-a-1'));
  await becomes('org-a', 'org-a-1', '200');
  assert.deepEqual(await admittedIn('org-b'), ['org-b', 'org-b-1']);
});

const CYCLES: Readonly<Record<string, readonly Written[]>> = {
  'its own parent': [namespace('org-a', 'org-a')],
  'below its child': [namespace('org-a', 'org-a-1')],
  'below a grandchild': [namespace('org', 'org-a-1-x')],
  'each below the other, in one change': [namespace('org-a', 'org-b'), namespace('org-b', 'org-a')],
  'three in a ring, new ones': [namespace('x', 'y'), namespace('y', 'z'), namespace('z', 'x')],
  'global below its own': [{ kind: 'Namespace', id: 'global', parent: 'org' }],
};

test('a cycle cannot be written, and nothing of such a change is', async () => {
  const before = await stack.sidecar.cli(['export']);
  for (const [what, resources] of Object.entries(CYCLES)) {
    const { code, stderr } = await tryToApply(stack.sidecar, ...resources);
    assert.notEqual(code, 0, what);
    assert.match(stderr, /parent/, what);
  }
  assert.equal((await stack.sidecar.cli(['export'])).stdout, before.stdout);
  assert.deepEqual(await admittedIn('org-a'), ['org-a', 'org-a-1', 'org-a-1-x', 'org-a-2']);
});

test('nor by two who write at the same time, neither of whom makes one alone', async () => {
  const results = await Promise.all([
    tryToApply(stack.sidecar, namespace('org-a', 'org-b')),
    tryToApply(stack.sidecar, namespace('org-b', 'org-a')),
  ]);
  assert.equal(
    results.filter(({ code }) => code === 0).length,
    1,
    results.map(({ stderr }) => stderr).join(),
  );
  await applyResources(stack.sidecar, namespace('org-a'), namespace('org-b'));
  await becomes('org-a', 'org-b', OUT);
  assert.deepEqual(await admittedIn('org-a'), ['org-a', 'org-a-1', 'org-a-1-x', 'org-a-2']);
});
