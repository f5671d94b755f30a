import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CreatedCredential } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

let stack: Stack;
before(async () => {
  stack = await startStack();
});
after(() => stack.stop());

const call = (jwt: string) => stack.call({ headers: [['X-Pomerium-Authorization', jwt]] });

async function becomes(jwt: string, status: number, reason?: string): Promise<void> {
  await waitUntil(`the answer ${status} ${reason ?? ''}`, async () => {
    const answer = await call(jwt);
    return answer.status === status && (reason === undefined || JSON.parse(answer.body).reason === reason);
  });
}

async function usedAccount(userId: string, flags: string[] = []): Promise<CreatedCredential> {
  const account = await stack.createAccount(userId, 'team-a', flags);
  assert.equal((await call(account.jwt)).status, 200);
  return account;
}

test('a revoked credential stops working on a running sidecar, the account’s others do not', async () => {
  const first = await usedAccount('robot-1');
  const second = await stack.sidecar.cliJson<CreatedCredential>(['sa', 'rotate', first.id]);
  assert.equal(second.id, first.id);
  assert.notEqual(second.credential_id, first.credential_id);
  assert.equal((await call(second.jwt)).status, 200);
  assert.equal((await call(first.jwt)).status, 200, 'rotating leaves the old one good');
  await stack.sidecar.cliJson(['sa', 'revoke', first.id, '--credential', first.credential_id]);
  await becomes(first.jwt, 401, 'token-revoked');
  assert.equal((await call(second.jwt)).status, 200);
  await stack.sidecar.cliJson(['sa', 'revoke', first.id]);
  await becomes(second.jwt, 401, 'token-revoked');
});

test('a disabled account stops working, and works again once it is enabled', async () => {
  const { id, jwt } = await usedAccount('robot-2');
  await stack.sidecar.cliJson(['sa', 'disable', id]);
  await becomes(jwt, 401, 'account-disabled');
  await stack.sidecar.cliJson(['sa', 'enable', id]);
  await becomes(jwt, 200);
});

test('a deleted account stops working, and its user ID is never given again', async () => {
  const { id, jwt } = await usedAccount('robot-3');
  await stack.sidecar.cliJson(['sa', 'delete', id]);
  await becomes(jwt, 401, 'token-revoked');
  const again = await stack.sidecar.cli(['sa', 'create', '--user-id', 'robot-3', '--namespace', 'team-a']);
  assert.notEqual(again.code, 0);
});

test('a credential expires by itself', async () => {
  const { jwt } = await usedAccount('robot-4', ['--expires-in', '3s']);
  await becomes(jwt, 401);
});

test('a policy that is applied decides from then on', async () => {
  const { jwt } = await usedAccount('robot-5');
  const policy = (ppl: string) =>
    `{ apiVersion: sallyport/v1alpha1, kind: Policy, id: robots, namespace: global, ppl: ${ppl} }`;
  await stack.sidecar.cliJson(['apply', '-f', '-'], policy('{ allow: { and: [{ user: nobody-at-all }] } }'));
  await becomes(jwt, 403);
  await stack.sidecar.cliJson(
    ['apply', '-f', '-'],
    policy('{ allow: { and: [{ user: { starts_with: robot } }] } }'),
  );
  await becomes(jwt, 200);
});

test('everything is still there after a restart', async () => {
  const { jwt } = await usedAccount('robot-6');
  assert.equal(await stack.sidecar.child().stop(), true);
  await stack.sidecar.restart();
  await becomes(jwt, 200);
});
