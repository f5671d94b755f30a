// A taken port: the message names the setting, the process where it is known, and what to do.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { programCommand, runProgram } from '../support/program.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('a taken port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-port-'));
  let owner: Server;
  let port = 0;
  const settings = { listen: '', 'http.listen': '', 'admin.listen': '' };
  before(async () => {
    owner = createServer();
    await new Promise<void>((done) => owner.listen(0, '127.0.0.1', done));
    const address = owner.address();
    port = typeof address === 'object' && address ? address.port : 0;
    settings.listen = JSON.stringify([`unix:${folder}/check.sock`]);
    settings['http.listen'] = `127.0.0.1:${await freePort()}`;
    settings['admin.listen'] = `127.0.0.1:${await freePort()}`;
  });
  after(() => {
    owner.close();
    rmSync(folder, { recursive: true });
  });
  const serve = (taken: Partial<typeof settings>) => [
    ...programCommand(),
    'serve',
    ...Object.entries({ ...settings, ...taken }).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ...['--set', `store.embedded.path=${join(folder, 'data')}`],
  ];
  const sentence = (setting: string) => `${setting}: 127.0.0.1:${port} is taken by process ${process.pid} (`;

  test('of Envoy’s side ends the start', async () => {
    const taken = JSON.stringify([`unix:${folder}/other.sock`, `127.0.0.1:${port}`]);
    const { code, stderr } = await runProgram(serve({ listen: taken }));
    assert.equal(code, 1);
    assert.ok(stderr.startsWith(`sallyport: ${sentence('listen[1]')}`), stderr);
    assert.match(stderr, /\): end that, or set listen\[1\] to another address\n$/);
  });

  test('of the HTTP side ends the start', async () => {
    const { code, stderr } = await runProgram(serve({ 'http.listen': `127.0.0.1:${port}` }));
    assert.equal(code, 1);
    assert.ok(stderr.startsWith(`sallyport: ${sentence('http.listen')}`), stderr);
  });

  test('a socket on which another server listens ends the start', async () => {
    const path = join(folder, 'taken.sock');
    const other = createServer();
    await new Promise<void>((done) => other.listen(path, done));
    try {
      const { code, stderr } = await runProgram(serve({ 'http.listen': `unix:${path}` }));
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `sallyport: http.listen: unix:${path}: another server listens there; set http.listen to another address\n`,
      );
    } finally {
      other.close();
    }
  });

  test('of the control plane is logged once, without a stack, and ends nothing', async () => {
    const child = startChild(serve({ 'admin.listen': `127.0.0.1:${port}` }));
    try {
      await waitUntil('the control plane to have tried', async () =>
        child.output().includes('control-plane-down'),
      );
      assert.ok(child.output().includes(sentence('admin.listen')), child.output());
      assert.doesNotMatch(child.output(), /http-fault|"stack"/);
      assert.equal(child.exitCode(), undefined);
    } finally {
      await child.stop();
    }
  });

  test('an address that this machine has not is told as that', async () => {
    const { code, stderr } = await runProgram(
      serve({ 'http.listen': '127.0.0.1:0', listen: '["192.0.2.1:1"]' }).concat(
        '--set',
        'listen=[{"address":"192.0.2.1:9","insecure":true}]',
      ),
    );
    assert.equal(code, 1);
    assert.match(stderr, /listen\[0\]: 192\.0\.2\.1:9 is no address of this machine: set listen\[0\]/);
  });
});
