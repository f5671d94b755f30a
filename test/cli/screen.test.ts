import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { printTable } from '../../src/cli/print-table.ts';
import {
  expiry,
  formatCell,
  formatDistance,
  isColoured,
  type Screen,
  time,
  word,
} from '../../src/cli/screen.ts';
import { type CommandLine, inFolder, NOW } from '../support/command-line.ts';
import { runOnTerminal } from './pseudo-terminal.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (ms: number) => new Date(NOW + ms).toISOString();

function screen(isTTY: boolean, env: NodeJS.ProcessEnv = {}, columns = 80): Screen & { text(): string } {
  const stdout = Object.assign(new PassThrough(), { isTTY, columns });
  return { stdout, env, clock: () => NOW, text: () => String(stdout.read() ?? '') };
}

describe('colours', () => {
  const ROWS: readonly (readonly [isTTY: boolean, env: NodeJS.ProcessEnv, coloured: boolean])[] = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ];
  for (const [isTTY, env, coloured] of ROWS)
    test(`${isTTY ? 'on a terminal' : 'in a pipe'} with ${JSON.stringify(env)}: ${coloured}`, () =>
      assert.equal(isColoured(screen(isTTY, env)), coloured));
});

describe('times from now', () => {
  const ROWS: readonly (readonly [ms: number, text: string])[] = [
    [0, 'in 0 s'],
    [-59_000, '59 s ago'],
    [5 * 60_000, 'in 5 min'],
    [-3 * HOUR, '3 h ago'],
    [-47 * HOUR, '47 h ago'],
    [12 * DAY, 'in 12 days'],
    [-729 * DAY, '729 days ago'],
    [800 * DAY, 'in 2 years'],
  ];
  for (const [ms, text] of ROWS) test(text, () => assert.equal(formatDistance(ms), text));

  test('are for terminals; elsewhere a time is exact', () => {
    assert.equal(formatCell(screen(false), time(iso(-3 * HOUR))), '2026-05-31T21:00:00.000Z');
    assert.equal(formatCell(screen(true), time(iso(-3 * HOUR))), '3 h ago');
    assert.equal(formatCell(screen(true), time(iso(-3 * HOUR)), true), '3 h ago (2026-05-31T21:00:00Z)');
    for (const isTTY of [true, false]) assert.equal(formatCell(screen(isTTY), expiry(null)), 'never');
  });

  test('of an expiry are yellow when it is near, and red when it has passed', () => {
    assert.equal(formatCell(screen(true), expiry(iso(15 * DAY))), 'in 15 days');
    assert.equal(formatCell(screen(true), expiry(iso(13 * DAY))), '\x1b[33min 13 days\x1b[39m');
    assert.equal(formatCell(screen(true), expiry(iso(-DAY))), '\x1b[31m24 h ago\x1b[39m');
    assert.equal(formatCell(screen(true), time(iso(-DAY))), '24 h ago');
  });
});

describe('a table', () => {
  test('cuts its last column where a terminal is too narrow, and only there', () => {
    const rows = [['a'.repeat(30), word('active'), 'd'.repeat(60)]];
    const narrow = screen(true, {}, 60);
    printTable(narrow, ['ID', 'STATUS', 'DESCRIPTION'], rows);
    const lines = stripVTControlCharacters(narrow.text()).trimEnd().split('\n');
    assert.equal(lines.length, 2);
    for (const shown of lines) assert.ok(shown.length <= 60, shown);
    assert.match(lines[1] ?? '', /active {2}d{10,}…$/);
    const tiny = screen(true, {}, 40);
    printTable(tiny, ['ID', 'STATUS', 'DESCRIPTION'], rows);
    assert.equal(
      stripVTControlCharacters(tiny.text()),
      `ID${' '.repeat(30)}STATUS …\n${'a'.repeat(30)}  active\n`,
    );
    const pipe = screen(false, {}, 60);
    printTable(pipe, ['ID', 'STATUS', 'DESCRIPTION'], rows);
    assert.ok(pipe.text().includes('d'.repeat(60)));
  });

  test('shows control characters of a coloured cell as what they are', () => {
    const wide = screen(true);
    printTable(wide, ['ID'], [[{ text: 'a\x1b[2Jb', tone: 'good' }]]);
    assert.ok(wide.text().includes('\x1b[32ma\\x1b[2Jb\x1b[39m'));
  });
});

async function someAccounts(line: CommandLine): Promise<void> {
  const create = ['sa', 'create', '-n', 'global', '--user-id'];
  await line.run([...create, 'one', '--id', 'one', '--expires', '3d']);
  await line.run([...create, 'two', '--id', 'two']);
  await line.run(['sa', 'disable', 'two']);
}

describe('verbs on a terminal', () => {
  test('show states in colour and times from now; never so in JSON, in a pipe or with --no-color', () =>
    inFolder(async (line) => {
      await someAccounts(line);
      const { stdout } = await line.run(['sa', 'list'], { terminal: true });
      assert.match(stdout, /one .*\x1b\[32mactive\x1b\[39m .*never/);
      assert.match(stdout, /two .*\x1b\[31mdisabled\x1b\[39m/);
      const shown = await line.run(['sa', 'show', 'one'], { terminal: true });
      assert.match(shown.stdout, /Created.*in 0 s \(2026-06-01T00:00:00Z\)/);
      assert.match(shown.stdout, /\x1b\[33min 3 days\x1b\[39m/);
      for (const args of [
        ['sa', 'list', '--no-color'],
        ['--no-color', 'sa', 'list'],
        ['sa', 'list', '-o', 'json'],
      ])
        assert.ok(!(await line.run(args, { terminal: true })).stdout.includes('\x1b'), args.join(' '));
      const piped = (await line.run(['sa', 'show', 'one'])).stdout;
      assert.ok(!piped.includes('\x1b') && piped.includes('2026-06-04T00:00:00.000Z'));
      const json = await line.run(['sa', 'list', '-o', 'json'], {
        terminal: true,
        env: { FORCE_COLOR: '1' },
      });
      JSON.parse(json.stdout);
    }));

  test('of the real program, on a real terminal', () =>
    inFolder(async (line) => {
      await someAccounts(line);
      const bin = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url));
      const env = {
        PATH: process.env.PATH,
        TERM: 'xterm',
        SALLYPORT_STORE__EMBEDDED__PATH: `${line.folder}/store`,
      };
      const list = [process.execPath, bin, 'sa', 'list'];
      const shown = await runOnTerminal(list, { env, cwd: line.folder });
      assert.match(shown, /\x1b\[31mdisabled\x1b\[39m/);
      for (const plain of [
        await runOnTerminal(list, { env: { ...env, NO_COLOR: '1' }, cwd: line.folder }),
        await runOnTerminal(list, { env: { ...env, TERM: 'dumb' }, cwd: line.folder }),
        await runOnTerminal([...list, '--no-color'], { env, cwd: line.folder }),
      ])
        assert.match(plain, /^two .* disabled +never +never$/m);
    }));
});

describe('errors have one voice', () => {
  test('what is wrong, then what to do; as JSON where JSON was asked for', () =>
    inFolder(async ({ run }) => {
      for (const args of [
        ['sa', 'lst'],
        ['sa', 'list', '--colour'],
        ['sa', 'show'],
        ['sa', 'list', '-o', 'xml'],
      ]) {
        const { code, stderr } = await run(args);
        assert.equal(code, 2);
        assert.match(stderr, /^sallyport: .*\n(?:.*\n)?\(add --help for what there is\)\n$/);
      }
      const { code, stdout, stderr } = await run(['sa', 'list', '--colour', '-o', 'json']);
      assert.deepEqual([code, stdout], [2, '']);
      const { error } = JSON.parse(stderr);
      assert.equal(error.code, 'usage');
      assert.match(error.message, /^unknown option '--colour'/);
    }));
});
