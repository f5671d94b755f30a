// What nobody named goes only after a question: `--prune` of one file once planned to delete eight accounts without one.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const ACCOUNTS = Array.from({ length: 8 }, (_, index) => `bot-${index}`);

interface Applied {
  readonly changes: readonly { readonly action: string; readonly id: string }[];
}

async function fill(line: CommandLine): Promise<void> {
  const documents = ACCOUNTS.map(
    (id) =>
      `{ apiVersion: sallyport/v1alpha1, kind: ServiceAccount, id: ${id}, namespace: team-a, user_id: ${id} }`,
  );
  const team = '{ apiVersion: sallyport/v1alpha1, kind: Namespace, id: team-a, parent: global }';
  writeFileSync(join(line.folder, 'all.yaml'), [team, ...documents].join('\n---\n'));
  writeFileSync(join(line.folder, 'team.yaml'), team);
  writeFileSync(join(line.folder, 'two.csv'), 'id,groups\nann,ops\nbob,dev\n');
  writeFileSync(join(line.folder, 'one.csv'), 'id,groups\nann,ops\n');
  assert.equal((await line.run(['apply', '-f', 'all.yaml'])).code, 0);
  assert.equal((await line.run(['directory', 'import', '-f', 'two.csv'])).code, 0);
}

const idsOf = async (line: CommandLine, kind: string) =>
  (await line.json<{ id: string }[]>(['get', kind])).map(({ id }) => id).sort();

const PRUNING: readonly [
  title: string,
  args: string[],
  kind: string,
  all: string[],
  left: string[],
  count: number,
][] = [
  ['apply', ['apply', '-f', 'team.yaml', '--prune'], 'sa', ACCOUNTS, [], 8],
  [
    'directory import',
    ['directory', 'import', '-f', 'one.csv', '--prune'],
    'directoryusers',
    ['ann', 'bob'],
    ['ann'],
    2,
  ],
];

for (const [title, args, kind, all, left, count] of PRUNING)
  describe(`${title} --prune`, () => {
    test('without a terminal and without --yes deletes nothing, says what it would, and ends with 2', () =>
      inFolder(async (line) => {
        await fill(line);
        for (const format of ['table', 'json']) {
          const { code, stdout, stderr } = await line.run([...args, '-o', format]);
          assert.equal(code, 2, stderr);
          assert.equal(stdout, '');
          assert.ok(stderr.includes(`--prune would delete ${count} resources (`), stderr);
          assert.match(stderr, /check with --dry-run, then add --yes/);
        }
        assert.deepEqual(await idsOf(line, kind), all);
      }));

    test('asks on a terminal, with everything that would go, and takes only y for a yes', () =>
      inFolder(async (line) => {
        await fill(line);
        for (const input of ['\n', 'n\n', 'no\n', 'yessir\n', '']) {
          const refused = await line.run(args, { terminal: true, input });
          assert.equal(refused.code, 1, refused.stderr);
          assert.match(refused.stderr, new RegExp(`Delete ${count} on the store in .*\\? \\[y/N\\] `));
          assert.match(refused.stderr, /Nothing was changed\.\n$/);
        }
        assert.deepEqual(await idsOf(line, kind), all);
        const done = await line.run(args, { terminal: true, input: 'y\n' });
        assert.equal(done.code, 0, done.stderr);
        for (const id of all.filter((each) => !left.includes(each)))
          assert.match(done.stderr, new RegExp(`^- \\w+ ${id}$`, 'm'));
        assert.deepEqual(await idsOf(line, kind), left);
      }));

    test('takes nothing away but what was confirmed, whatever comes meanwhile', () =>
      inFolder(async (line) => {
        await fill(line);
        let making: Promise<unknown> | undefined;
        const late =
          kind === 'sa'
            ? ['sa', 'create', '--id', 'late', '--user-id', 'late', '--namespace', 'team-a']
            : ['directory', 'import', '-f', '-', '--format', 'csv'];
        // The answer comes after somebody else has made one more.
        const answer = async function* () {
          making = line.run(late, { input: 'id\nlate\n' });
          await making;
          yield Buffer.from('y\n');
        };
        const done = await line.run(args, { terminal: true, input: answer });
        assert.equal(done.code, 0, done.stderr);
        assert.ok(making);
        assert.deepEqual(await idsOf(line, kind), [...left, 'late']);
      }));

    test('with --yes does it, for scripts', () =>
      inFolder(async (line) => {
        await fill(line);
        const { changes } = await line.json<Applied>([...args, '--yes']);
        assert.equal(changes.filter(({ action }) => action === 'delete').length, count);
        assert.deepEqual(await idsOf(line, kind), left);
      }));

    test('asks nothing where nothing would go', () =>
      inFolder(async (line) => {
        await fill(line);
        const file = kind === 'sa' ? 'all.yaml' : 'two.csv';
        const { code, stderr } = await line.run(args.map((arg) => (arg.includes('.') ? file : arg)));
        assert.equal(code, 0, stderr);
      }));
  });
