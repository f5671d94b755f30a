import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitUntil } from '../../demo/wait-until.ts';
import { type Stack, startStack } from './stack.ts';

let stack: Stack;
let admin: string;
const snapshots = mkdtempSync(join(tmpdir(), 'sallyport-heap-'));

before(async () => {
  const options = `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${snapshots}`;
  stack = await startStack({}, { launcher: ['env', `NODE_OPTIONS=${options}`] });
  admin = (await stack.sidecar.cliJson<{ jwt: string }>(['bootstrap', '--id', 'operator'])).jwt;
});
after(async () => {
  await stack.stop();
  rmSync(snapshots, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${stack.sidecar.httpPort}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${admin}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function make(path: string, body: object): Promise<Record<string, string>> {
  const answer = await ask('POST', path, body);
  assert.equal(answer.status, 201, answer.text);
  return JSON.parse(answer.text);
}

const HEADERS = (jwt: string): [string, string][] => [
  ['X-Pomerium-Authorization', jwt],
  ['Authorization', `Pomerium ${jwt}`],
  ['Authorization', `Bearer Pomerium-${jwt}`],
];

test('an account made over HTTP, a policy that names it, and calls through Envoy by each scheme', async () => {
  const made = await make('/service-accounts', { id: 'story', namespace: 'team-a', user_id: 'story@team-a' });
  const jwt = made.jwt ?? '';
  const policy = await ask('PUT', '/policies/story', {
    id: 'story',
    namespace: 'team-a',
    ppl: { allow: { and: [{ user: 'story@team-a' }] } },
  });
  assert.equal(policy.status, 200, policy.text);
  const route = await ask('PUT', '/routes/story', {
    id: 'story',
    namespace: 'team-a',
    hosts: ['verify.localhost'],
    path: { prefix: '/story' },
    policies: ['story'],
  });
  assert.equal(route.status, 200, route.text);
  for (const header of HEADERS(jwt))
    await waitUntil(`200 by ${header[0]}`, async () => {
      const { status } = await stack.call({ path: '/story', headers: [header] });
      return status === 200;
    });

  const other = await make('/service-accounts', { id: 'other', namespace: 'team-a', user_id: 'other' });
  assert.equal(
    (await stack.call({ path: '/story', headers: HEADERS(other.jwt ?? '').slice(0, 1) })).status,
    403,
  );

  await assertNowhere(jwt);

  assert.equal((await ask('POST', '/service-accounts/story/revoke')).status, 200);
  await waitUntil('401 once it is revoked', async () => {
    const { status } = await stack.call({ path: '/story', headers: HEADERS(jwt).slice(0, 1) });
    return status === 401;
  });
});

test('a directory user who is deactivated stops the accounts that stand for them', async () => {
  const user = { id: 'carol', email: 'carol@example.com' };
  assert.equal((await ask('PUT', '/directory-users/carol', user)).status, 200);
  const made = await make('/service-accounts', {
    id: 'as-carol',
    namespace: 'team-a',
    user_id: 'carol',
    impersonate: true,
  });
  const policy = {
    id: 'carol',
    namespace: 'team-a',
    ppl: { allow: { and: [{ email: 'carol@example.com' }] } },
  };
  assert.equal((await ask('PUT', '/policies/carol', policy)).status, 200);
  const route = {
    id: 'carol',
    namespace: 'team-a',
    hosts: ['verify.localhost'],
    path: { prefix: '/carol' },
    policies: ['carol'],
  };
  assert.equal((await ask('PUT', '/routes/carol', route)).status, 200);
  const call = () => stack.call({ path: '/carol', headers: HEADERS(made.jwt ?? '').slice(0, 1) });
  await waitUntil('200', async () => (await call()).status === 200);
  const change = await ask('PUT', '/directory-users/carol', { ...user, active: false }, { 'if-match': '*' });
  assert.equal(change.status, 200, change.text);
  await waitUntil('401', async () => (await call()).status === 401);
  assert.equal(JSON.parse((await call()).body).reason, 'account-disabled');
});

/** No answer, log line, file or heap snapshot taken later holds the signature, however it is written. */
async function assertNowhere(jwt: string): Promise<void> {
  const signature = jwt.split('.')[2] ?? '';
  const bytes = Buffer.from(signature, 'base64url');
  const writings = [
    signature,
    bytes.toString('base64').replaceAll('=', ''),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ];
  assert.ok(signature.length > 80);
  const search = (where: string, content: Buffer | string) => {
    const text = typeof content === 'string' ? content : content.toString('latin1');
    for (const written of writings) assert.ok(!text.includes(written), `${where} holds the signature`);
    assert.ok(!text.includes(bytes.toString('latin1')), `${where} holds the signature's bytes`);
  };
  for (const path of [
    '/service-accounts/story',
    '/service-accounts',
    '/activity',
    '/resources?namespace=global',
  ])
    search(path, (await ask('GET', path)).text);
  search('the log', stack.sidecar.child().output());
  for (const name of readdirSync(stack.folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(stack.folder, name);
    if (statSync(file).isFile()) search(name, readFileSync(file));
  }
  const heap = readFileSync(await takeHeapSnapshot());
  assert.ok(heap.includes('story@team-a'), 'the snapshot holds what the sidecar has in memory');
  search('the heap', heap);
}

async function takeHeapSnapshot(): Promise<string> {
  const { pid } = stack.sidecar.child();
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGUSR2');
  let file = '';
  await waitUntil('a heap snapshot', async () => {
    const [name] = readdirSync(snapshots).filter((each) => each.endsWith('.heapsnapshot'));
    if (name === undefined) return false;
    file = join(snapshots, name);
    // It is whole once its last table is closed.
    return readFileSync(file).subarray(-3).toString('latin1').trimEnd().endsWith('}');
  });
  return file;
}
