// A browser's session over a real listener, and what is left in memory of the credential that it began with.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Sidecar, startSidecar } from '../../demo/sidecar.ts';
import { waitUntil } from '../../demo/wait-until.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-session-'));
let sidecar: Sidecar;

before(async () => {
  const options = `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}`;
  sidecar = await startSidecar(folder, { launcher: ['env', `NODE_OPTIONS=${options}`] });
});
after(async () => {
  await sidecar.child().stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (method: string, path: string, headers: Record<string, string>) =>
  fetch(`http://127.0.0.1:${sidecar.httpPort}/api/v1${path}`, {
    method,
    headers: { ...headers, connection: 'close' },
  });

test('a session outlives the credential in memory, and not its revocation', async () => {
  const { jwt } = await sidecar.cliJson<{ jwt: string }>(['bootstrap', '--id', 'operator']);
  const begun = await ask('POST', '/session', { authorization: `Bearer ${jwt}` });
  assert.equal(begun.status, 201, await begun.text());
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.match(cookie, /^sallyport=[\w-]{43}$/);
  const whoami = await ask('GET', '/whoami', { cookie });
  assert.equal(whoami.status, 200);
  assert.match(await whoami.text(), /"account":"operator"/);

  const heap = readFileSync(await takeHeapSnapshot());
  assert.ok(heap.includes('operator'), 'the snapshot holds who is signed in');
  const signature = jwt.split('.')[2] ?? '';
  assert.ok(signature.length > 80);
  const bytes = Buffer.from(signature, 'base64url');
  for (const written of [signature, bytes.toString('base64').replaceAll('=', ''), bytes.toString('hex')])
    assert.ok(!heap.includes(written), 'the heap holds the signature');
  assert.ok(!sidecar.child().output().includes(signature), 'the log holds the signature');

  const csrf = { cookie, 'sallyport-csrf': '1' };
  assert.equal((await ask('POST', '/service-accounts/operator/revoke', csrf)).status, 200);
  assert.equal((await ask('GET', '/whoami', { cookie })).status, 401);
});

async function takeHeapSnapshot(): Promise<string> {
  const { pid } = sidecar.child();
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGUSR2');
  let file = '';
  await waitUntil('a heap snapshot', async () => {
    const name = readdirSync(folder).find((each) => each.endsWith('.heapsnapshot'));
    if (name === undefined) return false;
    file = join(folder, name);
    // It is whole once its last table is closed.
    return readFileSync(file).subarray(-3).toString('latin1').trimEnd().endsWith('}');
  });
  return file;
}
