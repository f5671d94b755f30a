// The demo as a newcomer uses it: help, a mistyped flag, and no keys left behind when a signal ends it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeDemo } from '../../demo/describe-demo.ts';
import { childEnvironment } from '../support/child.ts';
import { installTools } from '../support/install-tools.ts';
import { runProgram } from '../support/program.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// As package.json starts it: the command `tsx` would kill a program that is slow to answer a signal.
const DEMO = [process.execPath, '--import', import.meta.resolve('tsx'), join(ROOT, 'demo/demo.ts')];

test('demo --help prints the usage, and an unknown flag prints it and exits with 2', async () => {
  const help = await runProgram([...DEMO, '--help']);
  assert.equal(help.code, 0, help.stderr);
  assert.match(help.stdout, /^usage: npm run demo -- \[--once\]\n/);
  const slip = await runProgram([...DEMO, '--onse']);
  assert.equal(slip.code, 2);
  assert.match(slip.stderr, /--onse[\s\S]*usage: npm run demo/);
  assert.doesNotMatch(slip.stderr, /\n {4}at /);
});

describe('a demo that is told to end', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'sallyport-demo-test-'));
  after(() => rmSync(temporary, { recursive: true, force: true }));
  const left = () => readdirSync(temporary).filter((name) => name.startsWith('sallyport-demo-'));

  const start = () => {
    const [program = '', ...args] = DEMO;
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...childEnvironment(), TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { child, output: () => output };
  };
  // The pipe closes when the last of its processes has ended.
  const ended = async (child: ChildProcess) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  };

  for (const [when, isThere] of [
    ['while it starts', () => left().length > 0],
    ['once it runs', (output: string) => output.includes('Ctrl-C ends everything')],
  ] as const)
    test(`${when}, by a SIGTERM that arrives twice, as npm may forward it, leaves no keys behind`, async () => {
      const { child, output } = start();
      await waitUntil(when, async () => isThere(output()), { timeout: 60_000 });
      child.kill('SIGTERM');
      child.kill('SIGTERM');
      await ended(child);
      assert.deepEqual(left(), []);
    });
});

test('the demo prints a command that works outside the checkout, where npx would not find the program', async () => {
  const place = { host: 'verify.localhost', https: 8443, http: 8080, certificate: '/tmp/cert.pem' };
  const account = {
    id: 'a',
    credential_id: 'c',
    user_id: 'u',
    namespace: 'n',
    expires_at: null,
    jwt: 'x.y.z',
  };
  const printed = describeDemo(place, account, '/tmp/sallyport.yaml');
  const [, command = ''] = /on the same store: (.*)$/m.exec(printed) ?? [];
  const [program = '', file = '', ...args] = command.replaceAll("'", '').split(' ');
  assert.deepEqual([program, args], ['node', ['sa', 'list', '--config', '/tmp/sallyport.yaml']]);
  assert.ok(isAbsolute(file), file);
  const { code, stdout } = await runProgram([process.execPath, file, '--version']);
  assert.equal(code, 0, stdout);
});

test('a missing system tool is named with the command that installs it, and apt-get does not run unasked', async () => {
  const { CI, PATH } = process.env;
  delete process.env.CI;
  process.env.PATH = '/nonexistent';
  try {
    await assert.rejects(installTools(['curl', 'redis-server']), (error: Error) => {
      assert.match(
        error.message,
        /^curl and redis-server are not installed\. System packages are not installed unasked/,
      );
      assert.match(error.message, /\n {2}npx tsx test\/support\/install-tools\.ts curl redis-server\n/);
      assert.match(error.message, /apt-get install -y .* redis-server$/m);
      return true;
    });
  } finally {
    process.env.PATH = PATH;
    if (CI !== undefined) process.env.CI = CI;
  }
});
