import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Operator, playStory, readFilesBelow, SCHEMES } from '../support/admin-story.ts';
import { type MemoryDumps, memoryDumpsIn } from '../support/memory-dump.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

let stack: Stack;
let operatorJwt: string;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-heap-'));
const dumps: MemoryDumps = memoryDumpsIn(folder);

before(async () => {
  stack = await startStack({}, { controlPlane: true, launcher: dumps.launcher });
  const made = await stack.sidecar.cliJson<{ jwt: string }>(['bootstrap', '--id', 'operator']);
  operatorJwt = made.jwt;
});
after(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an account made over HTTP, a policy that names it, and calls through Envoy by each scheme', async () => {
  const { operator, search, callAsStory } = await playStory({
    adminPort: stack.sidecar.adminPort,
    operator: operatorJwt,
    call: stack.call,
    processes: {
      sidecar: stack.sidecar.child(),
      admin: { pid: stack.sidecar.controlPlanePid(), output: () => stack.sidecar.child().output() },
    },
    dumps,
    calls: 1,
  });
  const files = readFilesBelow(stack.folder);
  assert.ok([...files.values()].some((content) => content.includes('story@team-a')));
  for (const [name, content] of files) search.assertNotIn(name, content);

  await operator.expect(200, 'POST', '/service-accounts/story/revoke');
  await waitUntil('401 once it is revoked', async () => (await callAsStory()).status === 401);
});

test('a directory user who is deactivated stops the accounts that stand for them', async () => {
  const operator = new Operator({ adminPort: stack.sidecar.adminPort, operator: operatorJwt });
  const user = { id: 'carol', email: 'carol@example.com' };
  await operator.expect(200, 'PUT', '/directory-users/carol', user);
  const jwt = await operator.make({
    id: 'as-carol',
    namespace: 'team-a',
    user_id: 'carol',
    impersonate: true,
  });
  await operator.expect(200, 'PUT', '/policies/carol', {
    id: 'carol',
    namespace: 'team-a',
    ppl: { allow: { and: [{ email: 'carol@example.com' }] } },
  });
  await operator.expect(200, 'PUT', '/routes/carol', {
    id: 'carol',
    namespace: 'team-a',
    hosts: ['verify.localhost'],
    path: { prefix: '/carol' },
    policies: ['carol'],
  });
  const [scheme] = SCHEMES;
  const call = () => stack.call({ path: '/carol', headers: [scheme(jwt)] });
  await waitUntil('200', async () => (await call()).status === 200);
  const inactive = { ...user, active: false };
  const change = await operator.ask('PUT', '/directory-users/carol', inactive, { 'if-match': '*' });
  assert.equal(change.status, 200, change.text);
  await waitUntil('401', async () => (await call()).status === 401);
  assert.equal(JSON.parse((await call()).body).reason, 'account-disabled');
});
