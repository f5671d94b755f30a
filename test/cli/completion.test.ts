import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { commandLine } from '../support/command-line.ts';
import { installTestTools } from '../support/install-tools.ts';
import { runOnTerminal } from './pseudo-terminal.ts';

const BIN = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sallyport-completion-'));
const env = {
  PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  HOME: folder,
  TERM: 'xterm',
  SALLYPORT_STORE__EMBEDDED__PATH: join(folder, 'store'),
};
const line = commandLine(folder);

before(async () => {
  await installTestTools(['zsh', 'fish']);
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'sallyport');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(program, 0o755);
  const namespace = 'apiVersion: sallyport/v1alpha1\nkind: Namespace\nid: team-a\nparent: global\n';
  await line.run(['apply', '-f', '-'], { input: namespace });
  for (const id of ['checkout', 'reports'])
    await line.run([
      'sa',
      'create',
      '--id',
      id,
      '--user-id',
      id,
      '-n',
      'team-a',
      '--description',
      `of ${id}`,
    ]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The words that may stand in place of the last. */
async function complete(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await line.run(['__complete', ...words]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout.split('\n').flatMap((each) => (each === '' ? [] : [each.split('\t')[0] ?? '']));
}

describe('completes', () => {
  const ROWS: readonly (readonly [words: string[], expected: string[]])[] = [
    [['sa', 's'], ['show']],
    [['ap'], ['apply']],
    [['sa', 'create', '--exp'], ['--expires']],
    [
      ['sa', 'list', '--no'],
      ['--no-impersonate', '--no-roles'],
    ],
    [
      ['sa', 'show', ''],
      ['checkout', 'reports'],
    ],
    [['sa', 'show', 'ch'], ['checkout']],
    [
      ['get', 'ro'],
      ['routes', 'rolebindings'],
    ],
    [['get', 'sa', 'r'], ['reports']],
    [['delete', 'namespace', 'team'], ['team-a']],
    [['sa', 'list', '-n', 'team'], ['team-a']],
    [['sa', 'list', '--namespace=te'], ['--namespace=team-a']],
    [['sa', 'list', '--namespace', '=', 'te'], ['team-a']],
    [
      ['sa', 'list', '-o', ''],
      ['table', 'json'],
    ],
    [['explain', '--account', 're'], ['reports']],
    [['completion', 'f'], ['fish']],
    [['apply', '-f', ''], []],
    [['get', 'nothing', ''], []],
    [['no', 'such', ''], []],
  ];
  for (const [words, expected] of ROWS)
    test(`sallyport ${words.join(' ')}: ${expected.join(', ') || 'nothing'}`, async () =>
      assert.deepEqual(await complete(...words), expected));

  test('nothing, without a word, if the configuration is wrong or the server does not answer', async () => {
    assert.deepEqual(await complete('sa', 'show', '--config', 'missing.yaml', ''), []);
    assert.deepEqual(await complete('sa', 'show', '--server', 'unix:/nonexistent/admin.sock', ''), []);
  });

  test('with what each word means', async () => {
    const { stdout } = await line.run(['__complete', 'sa', 'show', 'ch']);
    assert.equal(stdout, 'checkout\tof checkout\n');
  });
});

describe('in real shells', () => {
  test('bash completes verbs and ids', () => {
    const completing = (words: readonly string[]) =>
      execFileSync(
        'bash',
        [
          '--norc',
          '-c',
          `source <(sallyport completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sallyport "$1"; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p sallyport >&2`,
          'bash',
          ...words,
        ],
        { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      ).split('\n');
    assert.deepEqual(completing(['sallyport', 'sa', 'sh']), ['show', '']);
    assert.deepEqual(completing(['sallyport', 'sa', 'show', '']), ['checkout', 'reports', '']);
    assert.deepEqual(completing(['sallyport', 'sa', 'list', '--namespace', '=', 'te']), ['team-a', '']);
  });

  test('bash completes on a terminal', async () => {
    const shown = await runOnTerminal(['bash', '--norc', '-i'], {
      env: { ...env, PS1: '$ ' },
      cwd: folder,
      typing: [
        { after: /\$ /, type: 'source <(sallyport completion bash); echo read""y\n' },
        { after: /ready/, type: 'sallyport sa show ch\t' },
        { after: /show checkout/, type: ' --outp\t' },
        { after: /--output /, type: '\x15exit\n' },
      ],
    });
    assert.match(shown, /sallyport sa show checkout {1,2}--output /);
  });

  test('zsh completes on a terminal', async () => {
    const shown = await runOnTerminal(['zsh', '-f', '-i'], {
      env: { ...env, PS1: '%% ' },
      cwd: folder,
      typing: [
        {
          after: /% /,
          type: 'autoload -Uz compinit; compinit -u; source <(sallyport completion zsh); echo read""y\n',
        },
        { after: /ready/, type: 'sallyport sa show ch\t' },
        { after: /eckout/, type: ' --outp\t' },
        { after: /ut/, type: '\x15exit\n' },
      ],
    });
    assert.match(stripVTControlCharacters(shown), /sallyport sa show checkout.*--output/);
  });

  test('fish completes verbs, ids and files', () => {
    const completing = (typed: string) =>
      execFileSync(
        'fish',
        ['--no-config', '-c', `sallyport completion fish | source; complete -C '${typed}'`],
        {
          env,
          cwd: folder,
          encoding: 'utf8',
        },
      );
    assert.equal(completing('sallyport sa show ch'), 'checkout\tof checkout\n');
    assert.match(completing('sallyport sa li'), /^list\tlist service accounts\n$/);
    assert.match(completing('sallyport apply -f st'), /^store\/(?:\tDirectory)?\n$/);
  });
});
