import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CreatedCredential } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

let stack: Stack;
before(async () => {
  stack = await startStack();
});
after(() => stack.stop());

const call = (jwt: string, path = '/') => stack.call({ path, headers: [['X-Pomerium-Authorization', jwt]] });

interface Shown {
  readonly last_used_at: string | null;
  readonly credentials: readonly { readonly id: string; readonly last_used_at: string | null }[];
}

async function timesOf(account: string, ...credentials: string[]): Promise<(string | null | undefined)[]> {
  const shown = await stack.sidecar.cliJson<Shown>(['sa', 'show', account]);
  return [
    shown.last_used_at,
    ...credentials.map((id) => shown.credentials.find((each) => each.id === id)?.last_used_at),
  ];
}

test('using one credential of an account shows on it and on the account, and not on the other', async () => {
  const since = Date.now();
  const first = await stack.createAccount('robot-1', 'team-a');
  const second = await stack.sidecar.cliJson<CreatedCredential>(['sa', 'rotate', first.id]);
  const ids = [first.credential_id, second.credential_id];
  assert.deepEqual(await timesOf(first.id, ...ids), [null, null, null]);
  assert.equal((await call(second.jwt)).status, 200);
  await waitUntil('the use to show', async () => (await timesOf(first.id))[0] !== null);
  const [account, unused, used] = await timesOf(first.id, ...ids);
  assert.deepEqual([account, unused], [used, null]);
  const time = Date.parse(used ?? '');
  assert.ok(time >= since && time <= Date.now(), `${used}`);
  const list = await stack.sidecar.cliJson<(Shown & { id: string })[]>(['sa', 'list']);
  assert.equal(list.find(({ id }) => id === first.id)?.last_used_at, used);

  // A call that a policy denies uses the credential too.
  assert.equal((await call(first.jwt, '/closed')).status, 403);
  await waitUntil('that use to show', async () => (await timesOf(first.id, ...ids))[1] !== null);
});

test('a revoked credential is not used any more, however often it is tried', async () => {
  const { id, credential_id, jwt } = await stack.createAccount('robot-2', 'team-a');
  assert.equal((await call(jwt)).status, 200);
  await stack.sidecar.cliJson(['sa', 'revoke', id]);
  await waitUntil('the revocation to hold', async () => (await call(jwt)).status === 401);
  await stack.sidecar.child().stop();
  await stack.sidecar.restart();
  const before = await timesOf(id, credential_id);
  assert.notEqual(before[0], null);
  await waitUntil('the new sidecar to answer', async () => (await call(jwt)).status === 401);
  await stack.sidecar.child().stop();
  await stack.sidecar.restart();
  assert.deepEqual(await timesOf(id, credential_id), before);
});

test('a sidecar that stops writes down what it saw last, at once', async () => {
  await waitUntil('the sidecar to answer', async () => (await stack.call()).status === 401);
  const { id, jwt } = await stack.createAccount('robot-3', 'team-a');
  await waitUntil('an answer', async () => (await call(jwt, '/the-last-one')).status === 200);
  await stack.sidecar.child().stop();
  assert.notEqual((await timesOf(id))[0], null);
  const { stdout } = await stack.sidecar.cli(['decisions', 'export', '--account', id]);
  assert.match(stdout, /"path":"\/the-last-one"/);
  await stack.sidecar.restart();
});

test('decisions are stored as they are logged, without query or credential, and policy try takes them', async () => {
  await waitUntil('the sidecar to answer', async () => (await stack.call()).status === 401);
  const { id, jwt } = await stack.createAccount('robot-4', 'team-a');
  assert.equal((await call(jwt, '/stored?token=hunter2')).status, 200);
  assert.equal((await call(jwt, '/closed/stored')).status, 403);
  let exported = '';
  await waitUntil('both to be stored', async () => {
    exported = (await stack.sidecar.cli(['decisions', 'export', '--account', id])).stdout;
    return exported.split('\n').length > 2;
  });
  const lines = exported.split('\n').slice(0, -1);
  assert.equal(lines.length, 2);
  const logged = stack.sidecar.child().output().split('\n');
  for (const line of lines) assert.ok(logged.includes(line), line);
  assert.doesNotMatch(exported, /hunter2|eyJ/);

  const tail = await stack.sidecar.cli(['decisions', 'tail', '--account', id, '--verdict', 'deny']);
  assert.match(tail.stdout, / {2}deny .* GET {5}verify\.localhost\/closed\/stored\n$/);
  const metrics = await (await fetch(`http://127.0.0.1:${stack.sidecar.httpPort}/metrics`)).text();
  assert.match(metrics, /^sallyport_decisions_dropped_total 0$/m);

  writeFileSync(join(stack.folder, 'nobody.yaml'), 'deny: {or: [{accept: true}]}\n');
  const tried = await stack.sidecar.cliJson<{ turned: { before: string; after: string; count: number }[] }>(
    ['policy', 'try', '--policy', join(stack.folder, 'nobody.yaml'), '--id', 'robots', '--from', '-'],
    exported,
  );
  assert.deepEqual(
    tried.turned.map(({ before, after, count }) => [before, after, count]),
    [['allow', 'deny', 1]],
  );
});
