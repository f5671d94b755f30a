import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1';

async function importFile(
  line: CommandLine,
  name: string,
  text: string,
  flags: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  writeFileSync(join(line.folder, name), text);
  return line.run(['directory', 'import', '-f', name, ...flags]);
}

async function apply(line: CommandLine, yaml: string): Promise<void> {
  const { code, stderr } = await line.run(['apply', '-f', '-'], { input: yaml });
  assert.equal(code, 0, stderr);
}

const get = (line: CommandLine, kind: string) => line.json<Record<string, unknown>[]>(['get', kind]);
/** As `apply` takes them, without what they all have. */
async function users(line: CommandLine): Promise<unknown[]> {
  return (await get(line, 'users')).map(({ apiVersion: _version, kind: _kind, ...user }) => user);
}

describe('directory import', () => {
  test('CSV: users, their groups and claims, with what a spreadsheet makes of it', () =>
    inFolder(async (line) => {
      const text = [
        '\ufeffid,email,name,groups,active,claim/level,external_id',
        'ann@example.com,ann@example.com,"Archer, Ann",ops;dev,yes,3|4,x-1',
        '',
        '"bob@example.com", bob@example.com ,"Bob ""B"" Builder",,FALSE,,',
        'cyd,,,ops,,,',
      ].join('\r\n');
      const { code, stdout, stderr } = await importFile(line, 'people.csv', text);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^created +DirectoryGroup +dev$/m);
      assert.deepEqual(await users(line), [
        {
          id: 'ann@example.com',
          email: 'ann@example.com',
          name: 'Archer, Ann',
          groups: ['ops', 'dev'],
          claims: { level: ['3', '4'] },
          external_id: 'x-1',
        },
        { id: 'bob@example.com', email: 'bob@example.com', name: 'Bob "B" Builder', active: false },
        { id: 'cyd', groups: ['ops'] },
      ]);
      const groups = await get(line, 'groups');
      assert.deepEqual(
        groups.map(({ id, name }) => [id, name]),
        [
          ['dev', 'dev'],
          ['ops', 'ops'],
        ],
      );
      assert.match((await importFile(line, 'people.csv', text)).stdout, /^3 unchanged$/m);
    }));

  test('what the file does not say of somebody stays, and an empty cell is said', () =>
    inFolder(async (line) => {
      await apply(
        line,
        `${HEAD}\nkind: DirectoryUser\nid: ann\nemail: a@b\nname: Ann\ngroups: [ops]\nclaims: { level: [3], team: [x] }\nactive: false\nexternal_id: x-1`,
      );
      assert.equal(
        (await importFile(line, 'a.csv', 'id,name,claim/team,active,external_id\nann,,,,\n')).code,
        0,
      );
      assert.deepEqual(await users(line), [
        { id: 'ann', email: 'a@b', groups: ['ops'], claims: { level: [3] }, active: false },
      ]);
      assert.equal((await importFile(line, 'a.json', '[{"id":"ann","name":"A","claims":{}}]')).code, 0);
      assert.deepEqual(await users(line), [
        { id: 'ann', email: 'a@b', name: 'A', groups: ['ops'], active: false },
      ]);
    }));

  test('JSON: a list, or lines, with what export prints', () =>
    inFolder(async (line) => {
      const items = [
        { apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryGroup', id: 'ops', name: 'Operators' },
        { kind: 'DirectoryUser', id: 'ann', groups: ['ops'], claims: { level: [3, true] } },
        { id: 'bob' },
      ];
      assert.equal((await importFile(line, 'a.json', JSON.stringify(items, null, 2))).code, 0);
      const expected = await line.json(['export']);
      const lines = items.map((item) => JSON.stringify(item)).join('\n');
      const again = await importFile(line, 'a.jsonl', `${lines}\n`);
      assert.match(again.stdout, /^3 unchanged$/m, again.stderr);
      assert.deepEqual(await line.json(['export']), expected);
      const piped = await line.run(['directory', 'import', '-f', '-', '--format', 'json'], { input: lines });
      assert.match(piped.stdout, /^3 unchanged$/m);
      assert.equal((await line.run(['directory', 'import', '-f', '-'], { input: lines })).code, 2);
    }));

  test('a user with the user ID of an account turns nobody into an impersonator: nothing is changed', () =>
    inFolder(async (line) => {
      await apply(line, `${HEAD}\nkind: ServiceAccount\nid: robot\nnamespace: global\nuser_id: robot`);
      const { code, stderr } = await importFile(line, 'a.csv', 'id\nann\nrobot\n');
      assert.equal(code, 1);
      assert.match(stderr, /a\.csv:3: DirectoryUser robot: id: is the user ID of service account robot/);
      assert.deepEqual(await users(line), []);
    }));

  const mistakes: [name: string, file: string, text: string, said: RegExp][] = [
    [
      'an unknown column',
      'a.csv',
      'id,mail\nann,x\n',
      /a\.csv:1: "mail": is no column.*did you mean "email"\?/,
    ],
    ['no id', 'a.csv', 'name\nann\n', /a\.csv:1: expected a column id/],
    ['a column twice', 'a.csv', 'id,name,name\n', /a\.csv:1: name: is a column already/],
    ['nothing at all', 'a.csv', '', /a\.csv is empty/],
    ['too few cells', 'a.csv', 'id,name\nann,A\nbob\n', /a\.csv:3: expected 2 columns.*not 1/],
    ['a quotation that does not end', 'a.csv', 'id,name\nann,"A\n', /a\.csv:\d: Quote Not Closed/],
    [
      'no id in a line',
      'a.csv',
      'id,name\n,A\n',
      /a\.csv:2: DirectoryUser : id: expected 1 to 256 characters/,
    ],
    [
      'no truth value',
      'a.csv',
      'id,active\nann,perhaps\n',
      /a\.csv:2: DirectoryUser ann: active: expected true or false/,
    ],
    ['one twice', 'a.csv', 'id\nann\nbob\nann\n', /a\.csv:4: DirectoryUser ann: is at a\.csv:2 already/],
    ['a name too long', 'a.csv', `id,name\nann,${'x'.repeat(300)}\n`, /a\.csv:2: DirectoryUser ann: name: /],
    ['no JSON', 'a.json', '[\n{"id":"ann"},\n{oops}\n]', /a\.json:3: is no JSON/],
    ['no JSON in a line', 'a.jsonl', '{"id":"ann"}\n{oops}\n', /a\.jsonl:2: is no JSON/],
    ['a kind that is neither', 'a.json', '[{"id":"a"},{"kind":"Policy","id":"p"}]', /a\.json\[1\]: kind: /],
    [
      'an unknown field',
      'a.jsonl',
      '{"id":"ann","mail":"x"}',
      /a\.jsonl:1: DirectoryUser ann: mail: unknown key .*"email"/,
    ],
    ['no object', 'a.json', '[7]', /a\.json\[0\]: expected an object/],
  ];
  for (const [name, file, text, said] of mistakes)
    test(`refused, with its place, and nothing changed: ${name}`, () =>
      inFolder(async (line) => {
        const { code, stderr } = await importFile(line, file, text);
        assert.equal(code, 2, stderr);
        assert.match(stderr, said);
        assert.deepEqual(await users(line), []);
      }));

  test('a thousand mistakes are not all told', () =>
    inFolder(async (line) => {
      const { stderr } = await importFile(line, 'a.csv', `id,active\n${'ann,maybe\n'.repeat(1000)}`);
      assert.ok(stderr.split('\n').length <= 102, String(stderr.split('\n').length));
    }));

  test('--prune: whom the file leaves out leaves, accounts that stood for them are disabled; first a dry run', () =>
    inFolder(async (line) => {
      await apply(
        line,
        [
          'kind: DirectoryGroup\nid: ops',
          'kind: DirectoryGroup\nid: old',
          'kind: DirectoryUser\nid: ann\ngroups: [ops]',
          'kind: DirectoryUser\nid: bob\ngroups: [old]',
          'kind: DirectoryUser\nid: cyd',
          'kind: ServiceAccount\nid: as-bob\nnamespace: global\nimpersonate: bob',
        ]
          .map((document) => `${HEAD}\n${document}`)
          .join('\n---\n'),
      );
      const before = await line.json(['export']);
      const dry = await importFile(line, 'a.csv', 'id\nann\n', ['--prune', '--dry-run']);
      assert.equal(dry.code, 0, dry.stderr);
      assert.match(dry.stdout, /0 to create, 2 to update, 2 to delete, 1 unchanged/);
      assert.deepEqual(await line.json(['export']), before);

      assert.equal((await importFile(line, 'a.csv', 'id\nann\n', ['--prune', '--yes'])).code, 0);
      assert.deepEqual(await users(line), [
        { id: 'ann', groups: ['ops'] },
        { id: 'bob', active: false, deleted: true },
      ]);
      assert.deepEqual(
        (await get(line, 'groups')).map(({ id }) => id),
        ['ops'],
      );
      assert.equal((await get(line, 'accounts'))[0]?.disabled, true);

      // Who comes back is a user again, and their old accounts stay off.
      assert.equal((await importFile(line, 'a.csv', 'id\nann\nbob\n')).code, 0);
      assert.deepEqual((await users(line))[1], { id: 'bob' });
      assert.equal((await get(line, 'accounts'))[0]?.disabled, true);
    }));

  test('--prune with a file that holds nobody is refused', () =>
    inFolder(async (line) => {
      await apply(line, `${HEAD}\nkind: DirectoryUser\nid: ann`);
      const { code, stderr } = await importFile(line, 'a.csv', 'id\n', ['--prune']);
      assert.equal(code, 1);
      assert.match(stderr, /pruning would delete them all/);
      assert.equal((await users(line)).length, 1);
    }));

  test('-o json says what was done', () =>
    inFolder(async (line) => {
      writeFileSync(join(line.folder, 'a.csv'), 'id,groups\nann,ops\n');
      const done = await line.json<{ changes: object[] }>(['directory', 'import', '-f', 'a.csv']);
      assert.deepEqual(done.changes, [
        { action: 'create', kind: 'DirectoryUser', id: 'ann' },
        { action: 'create', kind: 'DirectoryGroup', id: 'ops' },
      ]);
    }));
});
