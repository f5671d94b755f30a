import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CommandLine, inFolder, NOW } from '../support/command-line.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1\n';
const RESOURCES = [
  'kind: Namespace\nid: team-a\nparent: global\n',
  'kind: DirectoryUser\nid: ann\n',
  'kind: ServiceAccount\nid: anns\nnamespace: team-a\nimpersonate: ann\n',
  'kind: ServiceAccount\nid: off\nnamespace: team-a\nuser_id: off\ndisabled: true\n',
  'kind: ServiceAccount\nid: viewer\nnamespace: global\nuser_id: viewer\ndescription: Looks on\n',
  'kind: RoleBinding\nid: views\naccount: viewer\nrole: viewer\nnamespace: global\n',
]
  .map((text) => HEAD + text)
  .join('---\n');

const DAY = 86_400_000;
const CREATE = [
  'sa',
  'create',
  '--user-id',
  'short',
  '--id',
  'short',
  '--namespace',
  'team-a',
  '--expires',
  '20d',
];

const withAccounts = (use: (line: CommandLine) => Promise<void>) =>
  inFolder(async (line) => {
    assert.equal((await line.run(['apply', '-f', '-'], { input: RESOURCES })).code, 0);
    await line.json(CREATE, { clock: () => NOW + DAY });
    await use(line);
  });

describe('sa list', () => {
  const idsOf = async (line: CommandLine, args: readonly string[]) =>
    (await line.json<{ id: string }[]>(['sa', 'list', ...args])).map(({ id }) => id);
  const rows: readonly (readonly [args: string, ids: readonly string[]])[] = [
    ['', ['anns', 'off', 'short', 'viewer']],
    ['-n team-a', ['anns', 'off', 'short']],
    ['--status disabled', ['off']],
    ['--for mesh', ['short']],
    ['--expires-within 30d', ['short']],
    ['--expires-within 10d', []],
    ['--impersonate', ['anns']],
    ['--no-impersonate', ['off', 'short', 'viewer']],
    ['--roles', ['viewer']],
    ['--no-roles', ['anns', 'off', 'short']],
    ['--created-by nobody-else', []],
    ['--search looks', ['viewer']],
    ['--sort expires_at', ['short', 'anns', 'off', 'viewer']],
    ['--sort created_at --reverse', ['short', 'viewer', 'off', 'anns']],
    ['--limit 2', ['anns', 'off']],
  ];

  test('takes the filters of the API, and sorts', () =>
    withAccounts(async (line) => {
      for (const [args, ids] of rows) {
        assert.deepEqual(await idsOf(line, args === '' ? [] : args.split(' ')), ids, args);
      }
    }));

  test('says what a filter takes', () =>
    withAccounts(async (line) => {
      const { code, stderr } = await line.run(['sa', 'list', '--sort', 'colour']);
      assert.equal(code, 2);
      assert.match(stderr, /Allowed choices are id, user_id/);
    }));
});

describe('activity list', () => {
  const rows: readonly (readonly [args: string, entities: readonly string[]])[] = [
    ['--kind sa --id off', ['off']],
    ['--kind namespaces', ['team-a']],
    ['--kind sa --limit 1', ['anns']],
    ['-n team-a --kind sa', ['short', 'off', 'anns']],
    ['--by nobody-else', []],
    ['--kind sa --since 1h', ['short']],
    ['--kind sa --until 2026-06-01T12:00:00Z', ['viewer', 'off', 'anns']],
  ];

  test('takes the filters of the API', () =>
    withAccounts(async (line) => {
      for (const [args, entities] of rows) {
        const { stdout, stderr } = await line.run(['activity', 'list', '-o', 'jsonl', ...args.split(' ')], {
          clock: () => NOW + DAY,
        });
        const found = stdout
          .split('\n')
          .filter((text) => text !== '')
          .map((text) => JSON.parse(text).entity);
        assert.deepEqual(found.reverse(), entities, `${args}: ${stderr}`);
      }
    }));
});
