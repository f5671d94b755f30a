// The same call has the same answer and the same refusal in this process and over HTTP: whatever uses a client need not know which.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CallInput, Client } from '../../src/client/client.ts';
import { HttpClient } from '../../src/client/http-client.ts';
import { parseServerUrl } from '../../src/client/server-url.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { OperationError } from '../../src/contract/operation-error.ts';
import { machinePrincipal } from '../../src/operations/principal.ts';
import { localClient } from '../support/account-calls.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const POLICY = { id: 'readers', namespace: 'team-a', ppl: { allow: { and: [{ user: 'bot' }] } } } as const;
const { serviceAccounts, policies, routes, namespaces, resources, activity } = OPERATIONS;

let world: AdminWorld;
let folder: string;
let http: Client;
let local: Client;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  folder = mkdtempSync(join(tmpdir(), 'sallyport-clients-'));
  const path = join(folder, 'admin.sock');
  await world.app.listen({ path });
  const server = parseServerUrl(`unix:${path}`);
  assert.ok(server);
  http = new HttpClient({ server, ca: undefined, token: await world.signIn('root') });
  local = localClient(world.store, machinePrincipal('tester', 'here', Date.now), world.issuing);
});
after(async () => {
  await http.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

type Call = (client: Client) => Promise<unknown>;
const call =
  <O extends Operation>(operation: O, input?: CallInput<O>): Call =>
  (client) =>
    client.call(operation, input);

describe('reading', () => {
  const rows: readonly (readonly [name: string, call: Call])[] = [
    ['service accounts', call(serviceAccounts.list, { query: { limit: 100, credentials: 'true' } })],
    ['one service account', call(serviceAccounts.get, { params: { id: 'viewer' } })],
    ['namespaces', call(namespaces.list, { query: { namespace: 'team-a' } })],
    ['one namespace', call(namespaces.get, { params: { id: 'team-a' } })],
    ['everything that apply takes', call(resources.export)],
    ['the activity log', call(activity.list, { query: { limit: 5 } })],
    ['the decisions', call(OPERATIONS.decisions.list)],
  ];
  for (const [name, read] of rows)
    test(`${name}: the same answer`, async () => assert.deepEqual(await read(local), await read(http)));
});

describe('a change', () => {
  const rows: readonly (readonly [name: string, call: Call])[] = [
    ['dry', call(resources.apply, { query: { dry_run: 'true' }, body: { resources: [policyDocument()] } })],
    [
      'of one resource, dry',
      call(policies.put, {
        params: { id: 'readers' },
        query: { dry_run: 'true' },
        body: POLICY,
        precondition: { ifMatch: undefined, ifAbsent: true },
      }),
    ],
    [
      'of an account, dry',
      call(serviceAccounts.disable, { params: { id: 'viewer' }, query: { dry_run: 'true' } }),
    ],
  ];
  for (const [name, change] of rows)
    test(`${name}: the same answer`, async () => assert.deepEqual(await change(local), await change(http)));

  test('of one client is seen by the other, with its revision', async () => {
    await call(policies.put, {
      params: { id: 'readers' },
      body: POLICY,
      precondition: { ifMatch: undefined, ifAbsent: true },
    })(local);
    const there = await http.callVersioned(policies.get, { params: { id: 'readers' } });
    const here = await local.callVersioned(policies.get, { params: { id: 'readers' } });
    assert.deepEqual(there, here);
    assert.equal(there.revision, (await world.store.position()).revision);
    await call(policies.remove, {
      params: { id: 'readers' },
      precondition: { ifMatch: there.revision, ifAbsent: false },
    })(http);
    await assert.rejects(call(policies.get, { params: { id: 'readers' } })(local), { code: 'not-found' });
  });
});

describe('a refusal', () => {
  const rows: readonly (readonly [code: string, name: string, call: Call])[] = [
    ['not-found', 'an account that is absent', call(serviceAccounts.get, { params: { id: 'absent' } })],
    ['not-found', 'a route that is absent', call(routes.get, { params: { id: 'absent' } })],
    [
      'not-found',
      'a namespace that is absent',
      call(serviceAccounts.list, { query: { namespace: 'absent' } }),
    ],
    ['invalid', 'an input of the wrong type', call(serviceAccounts.list, { query: { limit: 0 } })],
    [
      'unprocessable',
      'a resource that can not be',
      call(resources.apply, { body: { resources: [{ ...policyDocument(), namespace: 'absent' }] } }),
    ],
    [
      'unprocessable',
      'an account that is there',
      call(serviceAccounts.create, { body: { id: 'viewer', namespace: 'team-a', user_id: 'x' } }),
    ],
    [
      'precondition-failed',
      'a version that is gone',
      call(namespaces.put, {
        params: { id: 'team-b' },
        body: { id: 'team-b', parent: 'global' },
        precondition: { ifMatch: 999_999, ifAbsent: false },
      }),
    ],
    [
      'precondition-required',
      'a replacement of no version',
      call(namespaces.put, { params: { id: 'team-b' }, body: { id: 'team-b', parent: 'global' } }),
    ],
  ];
  for (const [code, name, attempt] of rows)
    test(`of ${name}: the same code, detail and issues`, async () => {
      const [here, there] = await Promise.all(
        [local, http].map((client) => refusalOf(() => attempt(client))),
      );
      assert.equal(here?.code, code);
      assert.deepEqual(there, here);
    });
});

test('what only this process may be asked goes to no server', async () => {
  await assert.rejects(
    http.call(OPERATIONS.decisions.explainToken, { body: { url: 'https://a.example.com/', jwt: 'secret' } }),
    /goes to no server/,
  );
});

function policyDocument() {
  return { apiVersion: 'sallyport/v1alpha1', kind: 'Policy', ...POLICY };
}

async function refusalOf(attempt: () => Promise<unknown>) {
  const error: unknown = await attempt().catch((thrown: unknown) => thrown);
  assert.ok(error instanceof OperationError, String(error));
  const { code, detail, issues } = error;
  return { code, detail, issues: issues.map(({ path, message }) => ({ path, message })) };
}
