// What an identity provider does to the directory, and what Envoy's callers notice of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newGroup, newUser, patchOf } from '../support/scim-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

let stack: Stack;
let operator: string;
let provider: string;

before(async () => {
  stack = await startStack({}, { controlPlane: true });
  const made = await stack.sidecar.cliJson<{ jwt: string }>(['bootstrap', '--id', 'operator']);
  operator = made.jwt;
  await stack.sidecar.cliJson(['sa', 'create', '--id', 'idp', '--user-id', 'idp', '--namespace', 'global']);
  const binding = { id: 'idp', account: 'idp', role: 'admin', namespace: 'global' };
  await expect(200, 'PUT', '/api/v1/role-bindings/idp', binding);
  const rotated = await stack.sidecar.cliJson<{ jwt: string }>(['sa', 'rotate', 'idp', '--for', 'admin']);
  provider = rotated.jwt;
});
after(() => stack.stop());

/** The admin API as the operator, SCIM as the identity provider. */
async function ask(method: string, path: string, body?: unknown) {
  const isScim = path.startsWith('/scim/');
  const answer = await fetch(`http://127.0.0.1:${stack.sidecar.adminPort}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${isScim ? provider : operator}`,
      ...(body !== undefined && { 'content-type': isScim ? 'application/scim+json' : 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function expect(status: number, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await ask(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.text;
}

async function makeRoute(id: string, ppl: object): Promise<void> {
  await expect(200, 'PUT', `/api/v1/policies/${id}`, { id, namespace: 'team-a', ppl });
  await expect(200, 'PUT', `/api/v1/routes/${id}`, {
    id,
    namespace: 'team-a',
    hosts: ['verify.localhost'],
    path: { prefix: `/${id}` },
    policies: [id],
  });
}

async function makeAccount(body: object): Promise<string> {
  const made: { jwt: string } = JSON.parse(await expect(201, 'POST', '/api/v1/service-accounts', body));
  return made.jwt;
}

const callAs = (jwt: string, path: string) =>
  stack.call({ path, headers: [['X-Pomerium-Authorization', jwt]] });

async function until(status: number, jwt: string, path: string): Promise<void> {
  await waitUntil(`${status} at ${path}`, async () => (await callAs(jwt, path)).status === status);
}

test('made, put into a group, taken out of it, deactivated and activated: each holds for the credential that is there', async () => {
  await makeRoute('scim-group', { allow: { and: [{ groups: 'Engineering' }] } });
  await makeRoute('scim-user', { allow: { and: [{ user: 'dana@example.com' }] } });
  await expect(404, 'GET', '/scim/v2/Users/dana%40example.com');
  await expect(
    201,
    'POST',
    '/scim/v2/Users',
    newUser('dana@example.com', {
      externalId: 'ext-dana',
      emails: [{ value: 'dana@example.com', primary: true }],
    }),
  );
  await expect(201, 'POST', '/scim/v2/Groups', newGroup('Engineering'));
  const jwt = await makeAccount({
    id: 'as-dana',
    namespace: 'team-a',
    user_id: 'dana@example.com',
    impersonate: true,
  });
  await until(200, jwt, '/scim-user');
  await until(403, jwt, '/scim-group');

  const member = [{ value: 'dana@example.com' }];
  const group = '/scim/v2/Groups/Engineering';
  await expect(204, 'PATCH', group, patchOf({ op: 'Add', path: 'members', value: member }));
  await until(200, jwt, '/scim-group');
  await expect(204, 'PATCH', group, patchOf({ op: 'Remove', path: 'members[value eq "dana@example.com"]' }));
  await until(403, jwt, '/scim-group');
  await expect(204, 'PATCH', group, patchOf({ op: 'Add', path: 'members', value: member }));
  await until(200, jwt, '/scim-group');

  const user = '/scim/v2/Users/dana%40example.com';
  await expect(200, 'PATCH', user, patchOf({ op: 'Replace', path: 'active', value: 'False' }));
  await until(401, jwt, '/scim-user');
  const refused = await callAs(jwt, '/scim-group');
  assert.equal(refused.status, 401);
  assert.equal(JSON.parse(refused.body).reason, 'account-disabled');
  await expect(200, 'PATCH', user, patchOf({ op: 'replace', value: { active: true } }));
  await until(200, jwt, '/scim-user');
  await until(200, jwt, '/scim-group');

  await expect(204, 'DELETE', group);
  await until(403, jwt, '/scim-group');
  assert.equal((await callAs(jwt, '/scim-user')).status, 200);
});

test('a user who is deleted and made again leaves the accounts off that stood for the first one', async () => {
  await makeRoute('scim-again', { allow: { and: [{ user: 'erin@example.com' }] } });
  await expect(201, 'POST', '/scim/v2/Users', newUser('erin@example.com'));
  const jwt = await makeAccount({
    id: 'as-erin',
    namespace: 'team-a',
    user_id: 'erin@example.com',
    impersonate: true,
  });
  await until(200, jwt, '/scim-again');
  const user = '/scim/v2/Users/erin%40example.com';
  await expect(204, 'DELETE', user);
  await until(401, jwt, '/scim-again');
  await expect(404, 'GET', user);

  const again = JSON.parse(await expect(201, 'POST', '/scim/v2/Users', newUser('erin@example.com')));
  assert.match(again.id, /^u-/, 'another person is another user');
  // A later account for the new user is let in where policies name the new user: the first account is still off.
  await makeRoute('scim-new', { allow: { and: [{ user: again.id }] } });
  const later = await makeAccount({
    id: 'as-erin-again',
    namespace: 'team-a',
    user_id: again.id,
    impersonate: true,
  });
  await until(200, later, '/scim-new');
  await until(403, later, '/scim-again');
  assert.equal((await callAs(jwt, '/scim-again')).status, 401);
  await expect(422, 'POST', '/api/v1/service-accounts/as-erin/enable');
});

test("a user that arrives with an account's user ID gets another id, and the account stays what it was", async () => {
  await makeRoute('scim-robot', { allow: { and: [{ user: 'robot@team-a' }] } });
  await makeRoute('scim-robot-email', { allow: { and: [{ email: 'ceo@example.com' }] } });
  const jwt = await makeAccount({ id: 'scim-robot', namespace: 'team-a', user_id: 'robot@team-a' });
  await until(200, jwt, '/scim-robot');
  const answer = await expect(
    201,
    'POST',
    '/scim/v2/Users',
    newUser('robot@team-a', { emails: [{ value: 'ceo@example.com' }] }),
  );
  assert.match(JSON.parse(answer).id, /^u-/);
  await until(403, jwt, '/scim-robot-email');
  assert.equal((await callAs(jwt, '/scim-robot')).status, 200);
});
