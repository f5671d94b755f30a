import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import type { CreatedCredential, Sidecar } from '../support/sidecar.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';
import type { VerifyAnswer } from '../support/verify-upstream.ts';
import { waitUntil } from '../support/wait-until.ts';
import { applyResources, routeWithPolicy } from './apply-resources.ts';
import { freshMetrics } from './fresh-metrics.ts';
import { askSidecarsAt, startSidecarBeside } from './sidecar-beside.ts';

// Accounts of which more is known than headers should carry: in 1,200 groups, and with claims of many values.

const HOST = 'groups.named.localhost';
const GROUPS = Array.from({ length: 1200 }, (_, at) => `department-${at}`);
const CLAIM_HEADERS = { email: 'email', groups: 'groups', sites: 'sites' };
const ASSERTION = 'x-pomerium-jwt-assertion';

let stack: Stack;
let member: CreatedCredential;
let filtering: Sidecar;
let filteringEnvoy: Envoy;
let narrow: Sidecar;
let narrowEnvoy: Envoy;
before(async () => {
  stack = await startStack({ assertion: { claim_headers: CLAIM_HEADERS } });
  await applyResources(
    stack.sidecar,
    {
      kind: 'DirectoryUser',
      id: 'member',
      email: 'member@example.com',
      name: 'Ä'.repeat(256),
      groups: GROUPS,
      claims: { sites: Array.from({ length: 1000 }, (_, at) => `site-number-${at}`) },
    },
    ...routeWithPolicy('groups', HOST, { allow: { and: [{ groups: { has: 'department-1199' } }] } }),
  );
  member = await stack.createAccount('member', 'team-a', ['--impersonate']);
  const beside = async (name: string, assertion: object): Promise<[Sidecar, Envoy]> => {
    const sidecar = await startSidecarBeside(stack, name, { assertion });
    return [sidecar, await stack.addEnvoy(name, (config) => askSidecarsAt(config, sidecar.grpcPort))];
  };
  [filtering, filteringEnvoy] = await beside('filtering', {
    groups: ['department-7', 'department-119*'],
    claim_headers: { groups: 'groups' },
  });
  [narrow, narrowEnvoy] = await beside('narrow', { max_bytes: 1024 });
});
after(async () => {
  await filtering.child().stop();
  await narrow.child().stop();
  await stack.stop();
});

const credential = () => ({
  path: '/groups',
  host: HOST,
  headers: [['X-Pomerium-Authorization', member.jwt] as [string, string]],
});

function call(envoy?: Envoy): Promise<HttpAnswer> {
  return stack.call(credential(), envoy);
}

async function received(envoy?: Envoy): Promise<VerifyAnswer> {
  const answer = await call(envoy);
  assert.equal(answer.status, 200, answer.body);
  const body: VerifyAnswer = JSON.parse(answer.body);
  assert.ok(body.assertion?.verified, JSON.stringify(body.assertion));
  return body;
}

function claimsOf({ assertion }: VerifyAnswer): Readonly<Record<string, unknown>> {
  return assertion?.verified ? assertion.claims : {};
}

/** Of the headers that Sallyport added. */
function bytesAdded({ headers }: VerifyAnswer): number {
  return headers
    .filter(
      ([name]) => name.toLowerCase() === ASSERTION || name.toLowerCase().startsWith('x-pomerium-claim-'),
    )
    .reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);
}

/** Lines of a sidecar's log about an event. */
function linesOf(sidecar: Sidecar, event: string): Record<string, unknown>[] {
  return sidecar
    .child()
    .output()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line));
}

test('an account in 1,200 groups gets 200, with an assertion without groups that says so', async () => {
  const answer = await received();
  const { groups, groups_omitted, sub } = claimsOf(answer);
  assert.deepEqual({ groups, groups_omitted, sub }, { groups: [], groups_omitted: 1200, sub: 'member' });
  assert.deepEqual(receivedHeader(answer, 'x-pomerium-claim-email'), ['member@example.com']);
  for (const header of ['groups', 'sites'])
    assert.deepEqual(receivedHeader(answer, `x-pomerium-claim-${header}`), []);
  assert.ok(bytesAdded(answer) <= 8192);
});

test('groups and claims that were left out are counted, and logged once per account', async () => {
  for (let again = 0; again < 3; again++) await received();
  await waitUntil('the log line', async () => linesOf(stack.sidecar, 'groups-left-out').length > 0);
  const [line, ...more] = linesOf(stack.sidecar, 'groups-left-out');
  assert.deepEqual(
    [line?.account_id, line?.groups, line?.max_bytes, line?.level],
    [member.id, 1200, 8192, 'warn'],
  );
  assert.deepEqual(more, []);
  const metrics = await freshMetrics(stack.sidecar.httpPort);
  assert.match(metrics, /^sallyport_assertions_without_groups_total [1-9]/m);
  assert.match(metrics, /^sallyport_claim_headers_left_out_total [1-9]/m);
  assert.deepEqual(
    linesOf(stack.sidecar, 'claim-header-left-out')
      .map(({ header, account_id }) => `${header} ${account_id}`)
      .sort(),
    ['groups', 'sites'].map((claim) => `x-pomerium-claim-${claim} ${member.id}`),
  );
});

test('assertion.groups: upstreams are told of these groups alone, policies see all', async () => {
  const answer = await received(filteringEnvoy);
  const told = ['department-7', 'department-119', ...GROUPS.slice(1190)];
  assert.deepEqual(claimsOf(answer).groups, told);
  assert.equal(claimsOf(answer).groups_omitted, undefined);
  assert.deepEqual(receivedHeader(answer, 'x-pomerium-claim-groups'), [told.join(',')]);
});

test('an assertion that is too large without groups: 503, a failure of its own kind, and a clear log line', async () => {
  for (let again = 0; again < 3; again++) assert.equal((await call(narrowEnvoy)).status, 503);
  await waitUntil('the log line', async () => linesOf(narrow, 'check-not-answered').length > 0);
  const [line, ...more] = linesOf(narrow, 'check-not-answered');
  assert.deepEqual([line?.kind, more], ['assertion-too-large', []]);
  assert.match(String(line?.problem), /an assertion of \d+ bytes without groups/);
  assert.match(
    await freshMetrics(narrow.httpPort),
    /^sallyport_failures_total\{kind="assertion-too-large"\} [1-9]/m,
  );
  assert.deepEqual(
    linesOf(narrow, 'decision').filter(({ verdict }) => verdict === 'allow'),
    [],
  );
});
