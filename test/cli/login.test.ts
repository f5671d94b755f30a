// Signing in to a real server: over a Unix socket, and over TLS.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createSecureServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import { type KeyPair, TestCa } from '../support/certificates.ts';
import type { Child } from '../support/child.ts';
import { type CommandLine, commandLine, createContext, inFolder } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { startAdminServer } from './admin-server.ts';
import { json, listening, portOf, withServer } from './answering-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-login-'));
const line: CommandLine = commandLine(folder);
const home = { HOME: folder };
const profiles = join(folder, '.config', 'sallyport', 'profiles.json');
const ca = new TestCa();
const otherCa = new TestCa();
let child: Child | undefined;
let url = '';
let jwt = '';

before(async () => {
  const port = await freePort();
  const pair = ca.issue('DNS:localhost,IP:127.0.0.1');
  writeFileSync(join(folder, 'cert.pem'), pair.cert);
  writeFileSync(join(folder, 'key.pem'), pair.key, { mode: 0o600 });
  writeFileSync(join(folder, 'ca.pem'), ca.cert);
  writeFileSync(join(folder, 'other.pem'), otherCa.cert);
  writeFileSync(join(folder, 'empty.pem'), 'nothing\n');
  ({ jwt } = await line.json<{ jwt: string }>(['bootstrap', '--id', 'root'], { clock: Date.now }));
  const listen = { address: `127.0.0.1:${port}`, tls: { cert: 'cert.pem', key: 'key.pem' } };
  child = await startAdminServer(folder, listen, { port, host: '127.0.0.1' });
  url = `https://127.0.0.1:${port}`;
});
after(async () => {
  await child?.stop();
  for (const each of [ca, otherCa]) each.remove();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: string[], input = '', env: NodeJS.ProcessEnv = {}) =>
  line.run(args, { input, env: { ...home, ...env }, clock: Date.now });

describe('login', () => {
  test('refuses what is no credential, one that is no good, and a server that it can’t trust; and keeps none', async () => {
    const tries: [args: string[], input: string, code: number, message: RegExp][] = [
      [['--ca', 'ca.pem'], 'no credential', 2, /expected a credential for the admin API in standard input/],
      [['--ca', 'ca.pem'], `${jwt} ${jwt}`, 2, /expected a credential/],
      [['--ca', 'ca.pem'], '', 2, /expected a credential/],
      [['--ca', 'ca.pem'], 'x'.repeat(40_000), 2, /too long/],
      [['--ca', 'ca.pem'], `${jwt.slice(0, -6)}AAAAAA`, 1, /rejects the credential/],
      [['--ca', 'empty.pem'], jwt, 2, /expected certificates as PEM/],
      [['--ca', 'other.pem'], jwt, 4, /can't be trusted \(\w+\): name the certificates .* --ca FILE/],
      [[], jwt, 4, /can't be trusted/],
    ];
    for (const [args, input, code, message] of tries) {
      const outcome = await run(['login', '--server', url, ...args], input);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.match(outcome.stderr, message);
      assert.ok(!outcome.stderr.includes(jwt.slice(20, 60)), 'the credential is told');
      assert.ok(!existsSync(profiles));
    }
  });

  test('keeps the server, its CA and the credential, and verbs work there from then on', async () => {
    const { code, stdout, stderr } = await run(['login', '--server', url, '--ca', 'ca.pem'], `${jwt}\n`);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `Signed in to ${url} as root of global; profile default in ${profiles}.\n`);
    assert.equal(statSync(profiles).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(readFileSync(profiles, 'utf8')), {
      current: 'default',
      profiles: { default: { server: url, ca: join(folder, 'ca.pem'), token: jwt } },
    });

    const self = JSON.parse((await run(['whoami', '-o', 'json'])).stdout);
    assert.deepEqual(
      [self.server, self.account, self.roles],
      [url, 'root', [{ namespace: 'global', role: 'admin' }]],
    );
    const made = await run(['sa', 'create', '--id', 'x', '--user-id', 'x', '--namespace', 'global']);
    assert.match(made.stderr, new RegExp(`^on ${url}, of profile default\n`));
    const told = await run(['sa', 'disable', 'x', '-o', 'json']);
    assert.equal(told.stderr, `on ${url}, of profile default\n`);
    const entries = (await run(['activity', 'list'])).stdout;
    assert.match(entries, /root from 127\.0\.0\.1 +update +ServiceAccount +x/);
    const other = await run(['sa', 'list'], '', { HOME: '/nonexistent' });
    assert.match(other.stdout, /^x +x +global +disabled/m, 'the store of this machine is the same');
  });

  test('takes what made the credential, again for the same profile, and never another server for it', async () => {
    const rotated = await run(['sa', 'rotate', 'root', '--for', 'admin', '-o', 'json']);
    const again = await run(['login'], rotated.stdout);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(
      JSON.parse(readFileSync(profiles, 'utf8')).profiles.default.token,
      JSON.parse(rotated.stdout).jwt,
    );
    const other = await run(['login', '--server', 'https://elsewhere.example.com'], jwt);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /profile default is for https:\/\/127.*choose another name with --profile/);
  });

  test('from a terminal asks, and does not show what is typed', () =>
    withServer(
      json({
        account: 'a',
        user_id: 'a',
        credential: 'c',
        namespace: 'n',
        expires_at: null,
        session: null,
        roles: [],
      }),
      ({ url, shown }) =>
        inFolder(async ({ folder }) => {
          const done: string[] = [];
          const stdin = Object.assign(new PassThrough(), {
            isTTY: true,
            setRawMode: (raw: boolean) => done.push(raw ? 'raw' : 'cooked'),
          });
          const context = { ...createContext(folder, { env: { HOME: folder } }), stdin };
          const stdout = new PassThrough();
          const stderr = new Writable({
            decodeStrings: false,
            write(chunk: string, _encoding, written) {
              done.push(chunk);
              written();
            },
          });
          stdin.write('a.b.cc\x7fX');
          stdin.write('\x7f\r\n');
          assert.equal(await runCli(['login', '--server', url], { ...context, stdout, stderr }, '0'), 0);
          assert.deepEqual(shown, ['Bearer a.b.c']);
          // Some answer before they are asked.
          assert.deepEqual(done, ['raw', `Credential for ${url} (not shown): `, 'cooked', '\n']);
          assert.match(String(stdout.read()), /^Signed in to/);

          stdin.write('a.b\x03');
          const code = await runCli(['login', '--server', url], { ...context, stdout, stderr }, '0');
          assert.deepEqual([code, done.at(-2)], [130, '\n']);
          assert.match(done.at(-1) ?? '', /interrupted: nothing was changed/);
        }),
    ));
});

describe('TLS', () => {
  async function asking(
    pair: KeyPair,
    host: string,
    use: (said: { code: number; stderr: string }) => void,
    args = ['--ca', 'ca.pem'],
  ) {
    const server: Server = createSecureServer({ key: pair.key, cert: pair.cert }, json({}));
    await listening(server);
    try {
      use(
        await run(['whoami', '--server', `https://${host}:${portOf(server)}`, ...args], '', {
          SALLYPORT_TOKEN: jwt,
        }),
      );
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  test('a certificate for another name, and one that has expired, are refused', async () => {
    await asking(ca.issue('DNS:other.example.com'), '127.0.0.1', ({ code, stderr }) => {
      assert.equal(code, 4);
      assert.match(stderr, /its certificate is for another name/);
    });
    await asking(ca.issue('IP:127.0.0.1', 0), '127.0.0.1', ({ code, stderr }) => {
      assert.equal(code, 4);
      assert.match(stderr, /its certificate has expired/);
    });
  });

  test('no variable of Node’s turns it off', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await asking(otherCa.issue('IP:127.0.0.1'), '127.0.0.1', ({ code, stderr }) => {
        assert.equal(code, 4);
        assert.match(stderr, /can't be trusted/);
      });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  test('SALLYPORT_CA names the certificates, --ca before it', async () => {
    const env = { SALLYPORT_SERVER: url, SALLYPORT_TOKEN: jwt, HOME: '/nonexistent' };
    assert.equal((await run(['whoami'], '', { ...env, SALLYPORT_CA: 'ca.pem' })).code, 0);
    assert.equal((await run(['whoami'], '', { ...env, SALLYPORT_CA: 'other.pem' })).code, 4);
    assert.equal(
      (await run(['whoami', '--ca', 'ca.pem'], '', { ...env, SALLYPORT_CA: 'other.pem' })).code,
      0,
    );
  });

  test('http where https is spoken, and the other way round', async () => {
    const plain = await run(['whoami', '--server', url.replace('https', 'http')], '', {
      SALLYPORT_TOKEN: jwt,
    });
    assert.equal(plain.code, 4);
    assert.match(plain.stderr, /closed the connection|HTTP/);
    await withServer(json({}), async (server) => {
      const secured = await run(['whoami', '--server', server.url.replace('http', 'https')], '', {
        SALLYPORT_TOKEN: jwt,
      });
      assert.equal(secured.code, 4);
      assert.match(secured.stderr, /does not offer TLS/);
    });
  });
});
