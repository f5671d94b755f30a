import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../support/child.ts';
import { programCommand } from '../support/program.ts';
import { within } from '../support/within.ts';
import { type DocumentedCommand, printsAsDocumented, readConsoleBlocks } from './read-console-blocks.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Neither of them is in what a command prints. */
const [BEGIN, END] = ['\u001e', '\u001f'];

interface Ran {
  readonly printed: string;
  readonly code: number;
}

/**
 * Runs commands in one shell in an empty folder, with `sallyport` on its PATH, and an `npx` that knows nothing else; what
 * they leave running is ended.
 */
async function runCommands(
  commands: readonly DocumentedCommand[],
  settings: (folder: string) => Readonly<Record<string, string>>,
): Promise<Ran[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'));
  try {
    const bin = join(folder, 'bin');
    const work = join(folder, 'work');
    await mkdir(bin);
    await mkdir(work);
    const program = programCommand().map((part) => `'${part}'`);
    await writeProgram(join(bin, 'sallyport'), `exec ${program.join(' ')} "$@"`);
    await writeProgram(join(bin, 'npx'), '[ "$1" = sallyport ] && exec "$@"');
    const script = [
      'trap \'for job in $(jobs -p); do kill "$job"; done; wait\' EXIT',
      'exec 2>&1',
      ...commands.flatMap(({ command }) => [`printf '${BEGIN}'`, command, `printf '${END}%d' $?`]),
    ].join('\n');
    const shell = spawn('bash', ['-c', script], {
      cwd: work,
      env: {
        ...childEnvironment(),
        SALLYPORT_PROFILES: join(folder, 'profiles.json'),
        ...settings(work),
        PATH: `${bin}:${process.env.PATH}`,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed = text(shell.stdout);
    // Its trap ends what it left running; the pipe closes after that.
    const timer = setTimeout(() => shell.kill('SIGTERM'), 180_000);
    const output = await within(printed, 'the commands', 210_000).finally(() => clearTimeout(timer));
    return output
      .split(BEGIN)
      .slice(1)
      .map((each) => {
        const [printed = '', code = ''] = each.split(END);
        return { printed, code: Number.parseInt(code, 10) };
      });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/**
 * The README starts `serve` without a configuration, on ports that may be taken here. Its `npm run demo` is run by
 * test/e2e/schemes.test.ts; its `npm test` is what runs this, and can't be run inside itself.
 */
const README_SETTINGS = (folder: string) => ({
  SALLYPORT_LISTEN: `["unix:${folder}/check.sock"]`,
  SALLYPORT_HTTP__LISTEN: `unix:${folder}/http.sock`,
  SALLYPORT_ADMIN__LISTEN: `unix:${folder}/admin.sock`,
});

const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

describe('every command in the documents does what they say', () => {
  for (const name of DOCUMENTS) {
    const commands = readConsoleBlocks(readFileSync(join(ROOT, name), 'utf8'));
    if (commands.length === 0) continue;
    test(name, async () => {
      const ran = await runCommands(commands, name === 'README.md' ? README_SETTINGS : () => ({}));
      for (const [index, { line, command, output, fails }] of commands.entries()) {
        const { printed = '', code = Number.NaN } = ran[index] ?? {};
        const said = `${name}:${line}: ${command}\nended with ${code} and printed\n${printed}`;
        assert.ok(fails ? code > 0 : code === 0, said);
        assert.ok(
          output.length === 0 || printsAsDocumented(printed, output),
          `${said}\nand not\n${output.join('\n')}`,
        );
      }
    });
  }
});

test('a document is read as commands, what they go on with and what they print', () => {
  const markdown = [
    '```console',
    '$ not this',
    '```',
    '```console run',
    '$ cat <<END',
    '> a',
    '> END',
    'a',
    '$ false # fails',
    '```',
  ].join('\n');
  assert.deepEqual(readConsoleBlocks(markdown), [
    { line: 5, command: 'cat <<END\na\nEND', output: ['a'], fails: false },
    { line: 9, command: 'false # fails', output: [], fails: true },
  ]);
});

test('every npx command of the README is one that is run', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const written = [...readme.matchAll(/^ *npx sallyport .*$/gm)].map(([line]) => line.trim());
  const run = readConsoleBlocks(readme).map(({ command }) => command);
  assert.ok(written.length >= 3);
  for (const line of written)
    assert.ok(
      run.some((command) => command.startsWith(line)),
      line,
    );
});

test('a block may be a file, commands alone, or a server; its indentation is not part of it', () => {
  const markdown = [
    '   ```yaml a.yaml',
    '   b:',
    '     - c',
    '   ```',
    '   ```sh run',
    '   x -f a.yaml',
    '   ```',
    '```sh serve',
    'y',
    '```',
    '```sh',
    'not this',
    '```',
  ].join('\n');
  const commands = readConsoleBlocks(markdown).map(({ command }) => command);
  assert.deepEqual(commands.slice(0, 2), ["cat > a.yaml <<'END'\nb:\n  - c\nEND", 'x -f a.yaml']);
  assert.match(commands[2] ?? '', /^y > serve\.log 2>&1 &\n/);
  assert.equal(commands.length, 3);
});

test('what is printed has to be what is documented, but for what … stands for', () => {
  assert.ok(printsAsDocumented('a.b 12 c\nx\ny\nend', ['a.b … c', '…', 'end']));
  assert.ok(printsAsDocumented('end\n', ['…', 'end']));
  assert.ok(!printsAsDocumented('aXb\n', ['a.b']));
  assert.ok(!printsAsDocumented('a\nmore\n', ['a']));
});
