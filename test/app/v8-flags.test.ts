import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { V8_FLAGS } from '../../src/app/v8-flags.ts';
import { until } from '../support/redis-servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('the command and the image start the program with its V8 flags', () => {
  const [shebang] = textOf('bin/sallyport.js').split('\n');
  assert.equal(shebang, `#!/usr/bin/env -S node ${V8_FLAGS.join(' ')}`);
  const [, entry = '[]'] = /^ENTRYPOINT (.*)$/m.exec(textOf('deploy/Dockerfile')) ?? [];
  assert.deepEqual(JSON.parse(entry).slice(0, -1), ['node', ...V8_FLAGS]);
});

describe('a server that is started without its V8 flags', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-flags-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const settings = {
    listen: `["unix:${join(folder, 'check.sock')}"]`,
    'http.listen': 'off',
    'admin.listen': 'off',
    'store.embedded.path': join(folder, 'data'),
  };
  const program = [process.execPath, '--import', import.meta.resolve('tsx'), join(ROOT, 'src', 'main.ts')];
  const serve = (more: readonly string[] = []): { process: ChildProcess; output(): string } => {
    const [command = '', ...args] = program;
    const named = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const started = spawn(command, [...args, 'serve', ...named, ...more], { cwd: folder });
    let output = '';
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    return { process: started, output: () => output };
  };
  /** The process that runs the program. */
  const programOf = ({ pid = 0 }: ChildProcess): number =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  const startServing = async () => {
    const started = serve();
    await until('it to serve', () => started.output().includes('"event":"serving"'));
    return { ...started, pid: programOf(started.process) };
  };

  test('runs with them in another process, which gets its signals and whose exit code it has', async () => {
    const { process: started, output, pid } = await startServing();
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    for (const flag of V8_FLAGS) assert.ok(args.includes(flag), flag);
    started.kill('SIGHUP');
    await until('it to read its files', () => output().includes('"event":"reloaded"'));
    started.kill('SIGTERM');
    assert.deepEqual(await once(started, 'exit'), [0, null]);
    assert.match(output(), /"event":"stopped"/);

    const mistaken = serve(['--set', 'realm=']);
    const [code] = await once(mistaken.process, 'exit');
    assert.match(mistaken.output(), /realm/);
    assert.equal(code, 2);
  });

  test('stops if the process that was started is killed', async () => {
    const { process: started, pid } = await startServing();
    started.kill('SIGKILL');
    await until('the program to end', () => !existsSync(`/proc/${pid}`));
  });
});
