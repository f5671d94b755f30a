// The bound on memory that docs/admin-server.md states, held under everything that is known to take much of it.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CONTROL_PLANE_MEMORY } from '../../src/app/supervise-control-plane.ts';
import { V8_FLAGS } from '../../src/app/v8-flags.ts';

/** MiB, as docs/admin-server.md has them. */
const { heap: HEAP, resident: BOUND } = CONTROL_PLANE_MEMORY;

/** The built program, as it is shipped: to compile the sources takes memory of its own. */
const PROGRAM = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sallyport-memory-'));
const socketPath = join(folder, 'admin.sock');
const settings = ['--set', `store.embedded.path=${join(folder, 'store')}`];
const agent = new Agent({ keepAlive: true, maxSockets: 200 });
let server: ChildProcess;
let root: string;
let other: string;

const sallyport = (...args: string[]): string =>
  execFileSync(process.execPath, [PROGRAM, ...args, ...settings], { cwd: folder, encoding: 'utf8' });
const bootstrap = (id: string): string => JSON.parse(sallyport('bootstrap', '--id', id, '-o', 'json')).jwt;

before(async () => {
  sallyport('store', 'init');
  root = bootstrap('root');
  other = bootstrap('other');
  server = spawn(
    process.execPath,
    [
      ...V8_FLAGS,
      `--max-old-space-size=${HEAP}`,
      PROGRAM,
      'admin',
      ...settings,
      '--set',
      `admin.listen=unix:${socketPath}`,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  while ((await call('GET', '/readyz').catch(() => undefined)) !== 200)
    await new Promise((resolve) => setTimeout(resolve, 50));
});
after(() => {
  agent.destroy();
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The status of the answer, which is read to its end. */
function call(method: string, path: string, body?: string, jwt?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }),
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const sent = request({ socketPath, agent, method, path, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Resident memory of a process in MiB; 0 once it has ended. */
function residentOf(pid: number | string): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** Does it while memory is watched and another account asks for little; every status has to be one of `expected`. */
async function hold(expected: readonly number[], work: () => Promise<number | undefined>[]): Promise<void> {
  const pid = server.pid ?? 0;
  let peak = 0;
  const watch = setInterval(() => {
    const processes = [pid, ...childrenOf(pid)];
    peak = Math.max(
      peak,
      processes.map(residentOf).reduce((sum, each) => sum + each),
    );
  }, 20);
  let working = true;
  const done = Promise.all(work()).finally(() => {
    working = false;
  });
  const probe = (async () => {
    while (working) assert.equal(await call('GET', '/api/v1/whoami', undefined, other), 200);
  })();
  try {
    const statuses = await done;
    await probe;
    for (const status of statuses) assert.ok(expected.includes(status ?? 0), String(status));
  } finally {
    clearInterval(watch);
  }
  assert.equal(server.exitCode, null);
  assert.ok(peak < BOUND, `${peak} MiB`);
}

const apiVersion = 'sallyport/v1alpha1';
const accounts = times(20_000, (index) => ({
  apiVersion,
  kind: 'ServiceAccount',
  id: `acc-${index}`,
  namespace: 'global',
  user_id: `user-${index}@example.com`,
  description: 'x'.repeat(250),
}));
const policies = times(5000, (index) => ({
  apiVersion,
  kind: 'Policy',
  id: `policy-${index}`,
  namespace: 'global',
  ppl: { allow: { or: [{ user: `u${index}` }, { email: { is: `a${index}@example.com` } }] } },
}));
const apply = (resources: readonly object[], dryRun: boolean) =>
  call('POST', `/api/v1/resources:apply?dry_run=${dryRun}`, JSON.stringify({ resources }), root);

describe('memory stays below its bound, and a cheap request is answered', () => {
  const body = ' '.repeat(8 * 1024 * 1024);
  test('under 20 posts of 8 MiB without a credential', async () => {
    await hold([401, 429], () => times(20, () => call('POST', '/api/v1/resources:apply', body)));
    await hold([401, 429], () => times(20, () => call('POST', '/scim/v2/Groups', body)));
  });
  for (const [what, text] of [
    ['lists in lists', `{kind: Policy, ppl: [${'[[[[]]]],'.repeat(100_000)}]}`],
    ['keys', `kind: Policy\n${times(100_000, (index) => `k${index}: 1`).join('\n')}`],
    ['aliases', `- kind: Policy\n${times(40_000, (index) => `- &a${index} x\n- *a${index}`).join('\n')}`],
    ['mistakes', '- kind:\n'.repeat(110_000)],
  ] as const)
    test(`under lint of 900 KB of ${what}`, () =>
      hold([200, 422, 429], () =>
        times(6, () => call('POST', '/api/v1/policies:lint', JSON.stringify({ text }), root)),
      ));
  test('under applies of 8 MB, three at a time', async () => {
    await hold([200], () => times(3, () => apply(accounts, true)));
    await hold([200], () => [apply(accounts, false)]);
    const changed = accounts.map((account) => ({ ...account, description: 'y'.repeat(250) }));
    await hold([200], () => times(3, () => apply(changed, true)));
  });
  test('under lint of much memory beside applies of 8 MB', async () => {
    const text = `- kind: Policy\n${times(40_000, (index) => `- &a${index} x\n- *a${index}`).join('\n')}`;
    const changed = accounts.map((account) => ({ ...account, description: 'z'.repeat(250) }));
    const lint = () => call('POST', '/api/v1/policies:lint', JSON.stringify({ text }), other);
    await hold([200, 422, 429], () => [...times(3, () => apply(changed, true)), ...times(3, lint)]);
  });
  test('under 100 explains at once with 5,000 policies', async () => {
    assert.equal(await apply(policies, false), 200);
    const asked = JSON.stringify({ url: 'https://example.com/' });
    await hold([200, 429], () => times(100, () => call('POST', '/api/v1/decisions:explain', asked, root)));
  });
  test('under 20 exports at once with 30,000 accounts', async () => {
    const more = accounts.slice(0, 10_000).map((account, index) => ({
      ...account,
      id: `more-${index}`,
      user_id: `more-${index}`,
    }));
    assert.equal(await apply(more, false), 200);
    await hold([200, 429], () => times(20, () => call('GET', '/api/v1/resources', undefined, root)));
  });
});
