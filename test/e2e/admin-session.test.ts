// A browser's session over a real listener, and what is left in memory of the credential that it began with.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { memoryDumpsIn } from '../support/memory-dump.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import { searchFor } from './leak-search.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-session-'));
const dumps = memoryDumpsIn(join(folder, 'dumps'));
let sidecar: Sidecar;

before(async () => {
  sidecar = await startSidecar(folder, { controlPlane: true, launcher: dumps.launcher });
});
after(async () => {
  await sidecar.child().stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (method: string, path: string, headers: Record<string, string>) =>
  fetch(`http://127.0.0.1:${sidecar.adminPort}/api/v1${path}`, {
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

  // Others ask meanwhile, so that nothing is left of the request itself.
  for (let n = 0; n < 20; n++) assert.equal((await ask('GET', '/whoami', { cookie })).status, 200);
  const search = searchFor(jwt);
  const { strings, buffers } = await dumps.take(sidecar.controlPlanePid());
  assert.ok(strings.includes('operator'), 'the dump holds who is signed in');
  search.assertNotIn('the heap', strings);
  search.assertNotIn('a buffer', buffers);
  search.assertNotIn('the log', sidecar.child().output());

  const csrf = { cookie, 'sallyport-csrf': '1' };
  assert.equal((await ask('POST', '/service-accounts/operator/revoke', csrf)).status, 200);
  assert.equal((await ask('GET', '/whoami', { cookie })).status, 401);
});
