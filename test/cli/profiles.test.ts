import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readProfiles, writeProfiles } from '../../src/cli/profiles/profiles.ts';
import { type CommandLine, inFolder, type RunOptions } from '../support/command-line.ts';
import { json, withServer } from './answering-server.ts';

const TOKEN = 'c2VjcmV0.c2VjcmV0.c2VjcmV0';
const OTHER = 'b3RoZXI.b3RoZXI.b3RoZXI';
const SERVER = 'https://one.example.com';

interface Kept {
  readonly current?: string;
  readonly profiles: Readonly<Record<string, { readonly server: string; readonly token?: string }>>;
}

/** As the file of somebody's is. */
function keep(line: CommandLine, kept: unknown, mode = 0o600): string {
  const file = join(line.folder, '.config', 'sallyport', 'profiles.json');
  mkdirSync(join(line.folder, '.config', 'sallyport'), { recursive: true, mode: 0o700 });
  writeFileSync(file, typeof kept === 'string' ? kept : JSON.stringify(kept), { mode });
  chmodSync(file, mode);
  return file;
}

const as = (line: CommandLine, options: RunOptions = {}): RunOptions => ({
  ...options,
  env: { HOME: line.folder, ...options.env },
});

describe('where profiles are', () => {
  const places: [env: NodeJS.ProcessEnv, file: string][] = [
    [{ HOME: 'HERE' }, '.config/sallyport/profiles.json'],
    [{ HOME: '/nonexistent', XDG_CONFIG_HOME: 'HERE/xdg' }, 'xdg/sallyport/profiles.json'],
    [{ HOME: 'HERE', XDG_CONFIG_HOME: 'relative' }, '.config/sallyport/profiles.json'],
    [{ HOME: 'HERE', SALLYPORT_PROFILES: 'mine.json' }, 'mine.json'],
  ];
  for (const [env, file] of places)
    test(`${JSON.stringify(env)}: ${file}, for its owner alone`, () =>
      inFolder(async ({ folder }) => {
        const here = Object.fromEntries(
          Object.entries(env).map(([name, value]) => [name, value?.replace('HERE', folder)]),
        );
        const written = await writeProfiles(
          { env: here, cwd: folder },
          { profiles: { a: { server: SERVER } } },
        );
        assert.equal(written, join(folder, file));
        assert.equal(statSync(written).mode & 0o777, 0o600);
        if (file.includes('/')) assert.equal(statSync(join(written, '..')).mode & 0o777, 0o700);
        assert.deepEqual(await readProfiles({ env: here, cwd: folder }), {
          profiles: { a: { server: SERVER } },
        });
      }));

  test('nowhere: there are none, and none can be kept', async () => {
    assert.deepEqual(await readProfiles({ env: {}, cwd: '/' }), { profiles: {} });
    await assert.rejects(
      writeProfiles({ env: {}, cwd: '/' }, { profiles: {} }),
      /set HOME, or SALLYPORT_PROFILES/,
    );
  });

  test('nowhere that can be written: it is said', () =>
    assert.rejects(
      writeProfiles({ env: { SALLYPORT_PROFILES: '/dev/null/x' }, cwd: '/' }, { profiles: {} }),
      /\/dev\/null\/x, which is to hold your profiles, can't be written: E[A-Z]+/,
    ));
});

test('whoever reads while it is written finds it whole', () =>
  inFolder(async ({ folder }) => {
    const here = { env: { SALLYPORT_PROFILES: 'p.json' }, cwd: folder };
    const profiles = { a: { server: SERVER, token: `${'x'.repeat(8000)}.x.x` } };
    await writeProfiles(here, { current: 'a', profiles });
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 30; round++) await writeProfiles(here, { current: 'a', profiles });
      writing = false;
    })();
    while (writing) assert.equal((await readProfiles(here)).current, 'a');
    await writer;
    assert.deepEqual(readdirSync(folder), ['p.json']);
  }));

describe('a file that is not used, and not written over', () => {
  const good = JSON.stringify({ current: 'one', profiles: { one: { server: SERVER, token: TOKEN } } });
  const somebody = (file: string) => {
    if (process.getuid?.() === 0) chownSync(file, 12_345, 12_345);
  };
  const files: [
    name: string,
    text: string,
    mode: number,
    message: RegExp,
    prepare?: (file: string) => void,
  ][] = [
    ['others may read it', good, 0o644, /is open to others \(mode 0644\): chmod 600 \//],
    ['its group may write it', good, 0o620, /\(mode 0620\): chmod 600/],
    [
      'no JSON',
      `{\n "profiles": {\n  "one": "${TOKEN}\n`,
      0o600,
      /profiles\.json:\d+: the file of profiles is no JSON: repair it/,
    ],
    ['a server that is none', good.replace('https:', 'ftp:'), 0o600, /profiles\.one\.server: expected https/],
    [
      'what no profile has',
      good.replace('"server"', '"insecure":true,"server"'),
      0o600,
      /profiles\.one: there is something that no profile has/,
    ],
    [
      'a credential that is none',
      good.replace(TOKEN, `${TOKEN} x`),
      0o600,
      /profiles\.one\.token: expected a JWT/,
    ],
    [
      'a current one that is not there',
      good.replace('"current":"one"', '"current":"two"'),
      0o600,
      /current: expected the name of a profile/,
    ],
    ['nothing', '', 0o600, /is no JSON/],
  ];
  for (const [name, text, mode, message] of files)
    test(name, () =>
      inFolder(async (line) => {
        const file = keep(line, text, mode);
        for (const args of [
          ['sa', 'list'],
          ['whoami'],
          ['profile', 'list'],
          ['logout'],
          ['login', '--server', SERVER],
        ]) {
          const { code, stderr } = await line.run(args, as(line, { input: OTHER }));
          assert.equal(code, 2, stderr);
          assert.match(stderr, message);
          assert.ok(!stderr.includes(TOKEN) && !stderr.includes('c2VjcmV0'), 'the credential is told');
        }
        assert.equal(readFileSync(file, 'utf8'), text);
      }),
    );

  test('of somebody else', () =>
    inFolder(async (line) => {
      // For whoever is not root, a file that root has.
      const own = keep(line, good);
      somebody(own);
      const file = process.getuid?.() === 0 ? own : '/etc/passwd';
      const { code, stderr } = await line.run(
        ['sa', 'list'],
        as(line, { env: { SALLYPORT_PROFILES: file } }),
      );
      assert.equal(code, 2);
      assert.match(
        stderr,
        /belongs to another user \(uid \d+\): name one of your own with SALLYPORT_PROFILES/,
      );
    }));

  test('a folder', () =>
    inFolder(async (line) => {
      const { code, stderr } = await line.run(['sa', 'list'], as(line, { env: { SALLYPORT_PROFILES: '.' } }));
      assert.equal(code, 2);
      assert.match(stderr, /is no file: move it away/);
    }));

  test('counts for nothing where --config says that the store is meant', () =>
    inFolder(async (line) => {
      keep(line, 'damaged');
      const { code, stderr } = await line.run(['sa', 'list', '--set', 'log.level=info'], as(line));
      assert.equal(code, 0, stderr);
    }));
});

describe('profile', () => {
  const kept = {
    current: 'one',
    profiles: {
      one: { server: SERVER, token: TOKEN },
      two: { server: 'https://two.example.com', ca: '/ca.pem' },
    },
  };
  const read = (file: string): Kept => JSON.parse(readFileSync(file, 'utf8'));

  test('list shows them, and no credential', () =>
    inFolder(async (line) => {
      keep(line, kept);
      const table = await line.run(['profile', 'list'], as(line));
      assert.match(table.stdout, /^one +https:\/\/one\.example\.com +yes$/m);
      const listed = await line.run(['profile', 'list', '-o', 'json'], as(line));
      assert.deepEqual(JSON.parse(listed.stdout), [
        { name: 'one', server: SERVER, ca: null, current: true, signed_in: true },
        { name: 'two', server: 'https://two.example.com', ca: '/ca.pem', current: false, signed_in: false },
      ]);
      assert.ok(!`${table.stdout}${listed.stdout}`.includes('c2Vj'));
    }));

  test('use makes another the current one, or none', () =>
    inFolder(async (line) => {
      const file = keep(line, kept);
      assert.equal((await line.run(['profile', 'use', 'two'], as(line))).code, 0);
      assert.equal(read(file).current, 'two');
      assert.equal((await line.run(['profile', 'use', '--none'], as(line))).code, 0);
      assert.equal(read(file).current, undefined);
      for (const args of [['three'], [], ['two', '--none'], ['../x']])
        assert.equal((await line.run(['profile', 'use', ...args], as(line))).code, 2, args.join(' '));
    }));

  test('logout takes the credential away, of the current one or of one that is named', () =>
    inFolder(async (line) => {
      const file = keep(line, kept);
      assert.equal((await line.run(['logout', '--profile', 'two'], as(line))).code, 0);
      assert.deepEqual(read(file), { current: 'one', profiles: { one: kept.profiles.one } });
      assert.equal((await line.run(['logout'], as(line))).code, 0);
      assert.deepEqual(read(file), { profiles: {} });
      assert.match((await line.run(['logout'], as(line))).stderr, /there is no current profile/);
    }));
});

const SELF = {
  account: 'a',
  user_id: 'a',
  credential: 'c',
  namespace: 'global',
  expires_at: null,
  session: null,
  roles: [],
};

describe('which server is asked, and with which credential', () => {
  const whoami = (line: CommandLine, args: string[], env: NodeJS.ProcessEnv = {}) =>
    line.run(['whoami', ...args], as(line, { env }));

  test('the command line before the environment, that before the current profile', () =>
    withServer(json(SELF), (one) =>
      withServer(json(SELF), (two) =>
        inFolder(async (line) => {
          keep(line, {
            current: 'one',
            profiles: { one: { server: one.url, token: TOKEN }, two: { server: two.url, token: OTHER } },
          });
          const asked: [args: string[], env: NodeJS.ProcessEnv, server: typeof one, token: string][] = [
            [[], {}, one, TOKEN],
            [['--profile', 'two'], {}, two, OTHER],
            [[], { SALLYPORT_PROFILE: 'two' }, two, OTHER],
            [['--profile', 'one'], { SALLYPORT_PROFILE: 'two' }, one, TOKEN],
            [['--profile', 'one'], { SALLYPORT_SERVER: two.url }, one, TOKEN],
            [[], { SALLYPORT_SERVER: two.url, SALLYPORT_TOKEN: 'a.b.c' }, two, 'a.b.c'],
            [['--server', one.url], { SALLYPORT_SERVER: two.url }, one, TOKEN],
            [['--server', two.url, '--profile', 'two'], {}, two, OTHER],
            [[], { SALLYPORT_TOKEN: 'a.b.c' }, one, 'a.b.c'],
            [['--token-file', 'token'], { SALLYPORT_TOKEN: 'a.b.c' }, one, 'd.e.f'],
            [[], { SALLYPORT_SERVER: '', SALLYPORT_PROFILE: '', SALLYPORT_TOKEN: '' }, one, TOKEN],
          ];
          writeFileSync(join(line.folder, 'token'), '{"jwt": "d.e.f"}\n');
          for (const [args, env, server, token] of asked) {
            const { code, stderr } = await whoami(line, args, env);
            assert.equal(code, 0, stderr);
            assert.equal(server.shown.pop(), `Bearer ${token}`, JSON.stringify([args, env]));
          }
          assert.deepEqual([one.shown, two.shown], [[], []]);
        }),
      ),
    ));

  test('a profile’s credential never goes to another server', () =>
    withServer(json(SELF), (other) =>
      inFolder(async (line) => {
        keep(line, { current: 'one', profiles: { one: { server: SERVER, token: TOKEN } } });
        const tries: [args: string[], env: NodeJS.ProcessEnv, message: RegExp][] = [
          [['--server', other.url], {}, /there is no credential for http/],
          [[], { SALLYPORT_SERVER: other.url }, /there is no credential for/],
          [[], { SALLYPORT_SERVER: other.url, SALLYPORT_PROFILE: 'one' }, /there is no credential for/],
          [
            ['--server', other.url, '--profile', 'one'],
            {},
            /profile one is for https:\/\/one\.example\.com, not for/,
          ],
        ];
        for (const [args, env, message] of tries) {
          const { code, stderr } = await whoami(line, args, env);
          assert.equal(code, 2, stderr);
          assert.match(stderr, message);
        }
        assert.deepEqual(other.shown, []);
      }),
    ));

  test('what can’t go together, or is no server, is refused', () =>
    inFolder(async (line) => {
      const tries: [args: string[], env: NodeJS.ProcessEnv, message: RegExp][] = [
        [
          ['--server', SERVER, '--config', 'x.yaml'],
          {},
          /--server conflicts with --config: .* remove one of them/,
        ],
        [['--profile', 'one', '--set', 'log.level=info'], {}, /--profile conflicts with --set/],
        [['--token-file', 'x', '--config', 'x.yaml'], {}, /--token-file conflicts with --config/],
        [['--token-file', 'x'], {}, /--token-file is for an admin API: name it/],
        [['--server', 'http://10.0.0.7'], {}, /expected https:\/\/host/],
        [['--profile', 'one'], {}, /there is no profile "one": sallyport login makes one/],
        [[], { SALLYPORT_PROFILE: 'one' }, /there is no profile "one"/],
        [[], { SALLYPORT_SERVER: 'http://a.example.com' }, /SALLYPORT_SERVER: expected https/],
        [['--server', SERVER], { SALLYPORT_TOKEN: 'se cret' }, /expected a credential .* in SALLYPORT_TOKEN/],
        [['--server', SERVER, '--ca', 'none.pem'], {}, /cannot read the certificates in .*none\.pem/],
        [['--server', 'http://127.0.0.1:1', '--ca', 'none.pem'], {}, /--ca is for https/],
      ];
      for (const [args, env, message] of tries) {
        const { code, stderr } = await line.run(['sa', 'list', ...args], as(line, { env }));
        assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /se cret/);
      }
    }));

  test('--config and --set mean the store, whatever the environment and the profiles say', () =>
    inFolder(async (line) => {
      keep(line, { current: 'one', profiles: { one: { server: SERVER, token: TOKEN } } });
      writeFileSync(join(line.folder, 'x.yaml'), 'log: { level: info }\n');
      for (const args of [
        ['--config', 'x.yaml'],
        ['--set', 'log.level=info'],
      ]) {
        const { code, stderr } = await line.run(
          ['sa', 'list', ...args],
          as(line, { env: { SALLYPORT_SERVER: SERVER } }),
        );
        assert.equal(code, 0, stderr);
      }
    }));

  test('verbs of this machine take no --server, and heed none', () =>
    inFolder(async (line) => {
      keep(line, { current: 'one', profiles: { one: { server: SERVER, token: TOKEN } } });
      const { code, stderr } = await line.run(['key', 'list', '--server', SERVER], as(line));
      assert.equal(code, 2);
      assert.match(stderr, /unknown option '--server'/);
      const checked = await line.run(['config', 'check'], as(line, { env: { SALLYPORT_SERVER: SERVER } }));
      assert.equal(checked.code, 0, checked.stderr);
    }));
});

test('nothing is made where nobody signs in', () =>
  inFolder(async (line) => {
    await line.run(['sa', 'list'], as(line));
    assert.ok(!existsSync(join(line.folder, '.config')));
  }));
