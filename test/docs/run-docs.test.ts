import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../demo/child.ts';
import { programCommand } from '../../demo/program.ts';
import { within } from '../store/within.ts';
import { type DocumentedCommand, printsAsDocumented, readConsoleBlocks } from './read-console-blocks.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
/** Neither of them is in what a command prints. */
const [BEGIN, END] = ['\u001e', '\u001f'];

interface Ran {
  readonly printed: string;
  readonly code: number;
}

/** Runs commands in one shell in an empty folder, with `sallyport` on its PATH; what they leave running is ended. */
async function runCommands(commands: readonly DocumentedCommand[]): Promise<Ran[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'));
  try {
    const bin = join(folder, 'bin');
    const work = join(folder, 'work');
    await mkdir(bin);
    await mkdir(work);
    const program = join(bin, 'sallyport');
    await writeFile(
      program,
      `#!/bin/sh\nexec ${programCommand()
        .map((part) => `'${part}'`)
        .join(' ')} "$@"\n`,
    );
    await chmod(program, 0o755);
    const script = [
      'trap \'for job in $(jobs -p); do kill "$job"; done; wait\' EXIT',
      'exec 2>&1',
      ...commands.flatMap(({ command }) => [`printf '${BEGIN}'`, command, `printf '${END}%d' $?`]),
    ].join('\n');
    const shell = spawn('bash', ['-c', script], {
      cwd: work,
      env: { ...childEnvironment(), PATH: `${bin}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed = text(shell.stdout);
    // Its trap ends what it left running; the pipe closes after that.
    const timer = setTimeout(() => shell.kill('SIGTERM'), 60_000);
    const output = await within(printed, 'the commands', 90_000).finally(() => clearTimeout(timer));
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

describe('every command in the documents does what they say', () => {
  for (const name of readdirSync(DOCS).filter((file) => file.endsWith('.md'))) {
    const commands = readConsoleBlocks(readFileSync(join(DOCS, name), 'utf8'));
    if (commands.length === 0) continue;
    test(name, async () => {
      const ran = await runCommands(commands);
      for (const [index, { line, command, output, fails }] of commands.entries()) {
        const { printed = '', code = Number.NaN } = ran[index] ?? {};
        const said = `docs/${name}:${line}: ${command}\nended with ${code} and printed\n${printed}`;
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

test('what is printed has to be what is documented, but for what … stands for', () => {
  assert.ok(printsAsDocumented('a.b 12 c\nx\ny\nend', ['a.b … c', '…', 'end']));
  assert.ok(printsAsDocumented('end\n', ['…', 'end']));
  assert.ok(!printsAsDocumented('aXb\n', ['a.b']));
  assert.ok(!printsAsDocumented('a\nmore\n', ['a']));
});
