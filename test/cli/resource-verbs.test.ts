import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1\n';
const TEAM = `${HEAD}kind: Namespace
id: team-a
parent: global
hosts: [a.example.com]
default_policies: [robots]
---
${HEAD}kind: Namespace
id: team-a-below
parent: team-a
---
${HEAD}kind: Policy
id: robots
namespace: team-a
ppl: |
  # Only those
  allow:
    or:
      - user: { starts_with: robot }
---
${HEAD}kind: Route
id: shop
namespace: team-a
hosts: [a.example.com]
path: { prefix: /shop }
policies: [robots]
---
${HEAD}kind: ServiceAccount
id: one
namespace: team-a-below
user_id: robot-1
`;
const OTHERS = `${HEAD}kind: DirectoryUser
id: alice
---
${HEAD}kind: Policy
id: everyone
namespace: global
ppl: { allow: { or: [{ accept: true }] } }
---
${HEAD}kind: Namespace
id: team-b
parent: global
---
${HEAD}kind: Route
id: b
namespace: team-b
policies: [everyone]
---
${HEAD}kind: ServiceAccount
id: hers
namespace: team-b
impersonate: alice
`;

interface Changes {
  readonly revision: number;
  readonly dry_run?: boolean;
  readonly changes: { action: string; kind: string; id: string; before?: object; after?: object }[];
}

async function apply(line: CommandLine, input: string, ...flags: string[]): Promise<string[]> {
  const { changes } = await line.json<Changes>(['apply', '-f', '-', ...flags], { input });
  return changes
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, kind, id }) => `${action} ${kind} ${id}`);
}

async function ids(line: CommandLine, kind: string): Promise<string[]> {
  return (await line.json<{ id: string }[]>(['get', kind])).map(({ id }) => id);
}

function without(yaml: string, id: string): string {
  return yaml
    .split('---\n')
    .filter((document) => !document.includes(`\nid: ${id}\n`))
    .join('---\n');
}

describe('apply', () => {
  test('makes resources, and changes nothing the second time', () =>
    inFolder(async (line) => {
      const first = await line.run(['apply', '-f', '-'], { input: TEAM });
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /^created +Route +shop$/m);
      const { stdout } = await line.run(['apply', '-f', '-'], { input: TEAM });
      assert.equal(stdout, '5 unchanged\n');
    }));

  test('changes nothing the second time where JSON has no such number', () =>
    inFolder(async (line) => {
      const input = `${HEAD}kind: DirectoryUser\nid: alice\nclaims: { level: [-0, 0.1, 1e21] }\n`;
      assert.deepEqual(await apply(line, input), ['create DirectoryUser alice']);
      assert.deepEqual(await apply(line, input), []);
    }));

  test('takes several files, and tells of one that is not there with exit code 2', () =>
    inFolder(async (line) => {
      await writeFile(join(line.folder, 'a.yaml'), TEAM);
      assert.equal((await line.run(['apply', '-f', 'a.yaml', '-f', '-'], { input: OTHERS })).code, 0);
      const missing = await line.run(['apply', '-f', 'b.yaml']);
      assert.equal(missing.code, 2);
      assert.match(missing.stderr, /^sallyport: b\.yaml can't be read: there is no such file/);
    }));

  test('does nothing where anything is wrong, and tells it all as JSON', () =>
    inFolder(async (line) => {
      const input = `${TEAM}---\n${HEAD}kind: Polcy\nid: x\n---\n${HEAD}kind: Route\nid: y\nnamespace: no where\n`;
      const { code, stderr } = await line.run(['apply', '-f', '-', '-o', 'json'], { input });
      assert.equal(code, 2);
      const { error } = JSON.parse(stderr);
      assert.equal(error.code, 'resource');
      assert.equal(error.problems.length, 2);
      assert.match(error.problems[0].message, /not "Polcy"; did you mean "Policy"\?$/);
      assert.deepEqual(await ids(line, 'routes'), []);
    }));

  test('tells on stderr, with the place, what can never match in a policy, and applies it', () =>
    inFolder(async (line) => {
      const policy = `${HEAD}kind: Policy\nid: p\nnamespace: global\nppl:\n  deny: {or: [{user: 10023}]}\n`;
      await writeFile(join(line.folder, 'p.yaml'), policy);
      for (const flags of [['--dry-run'], ['--dry-run', '-o', 'json'], [], ['-o', 'json']]) {
        const { code, stdout, stderr } = await line.run(['apply', '-f', 'p.yaml', ...flags]);
        assert.equal(code, 0);
        assert.equal(
          stderr.replace(/^on the store in .*\n/m, ''),
          'p.yaml:6:16: warning: Policy p: deny.or[0].user: never holds: user IDs are text, and the number 10023 is not; write it in quotes; so deny.or never applies\n',
        );
        if (flags.includes('json')) JSON.parse(stdout);
      }
      assert.deepEqual(await ids(line, 'policies'), ['p']);
    }));

  test('shows the first of thousands of warnings, and how many there are', () =>
    inFolder(async (line) => {
      const criteria = Array.from({ length: 50 }, (_, index) => `{user: ${index}}`).join(', ');
      const input = `${HEAD}kind: Policy\nid: p\nnamespace: global\nppl: {deny: {or: [${criteria}]}}\n`;
      const { stderr } = await line.run(['apply', '-f', '-', '--dry-run'], { input });
      const lines = stderr.trimEnd().split('\n').slice(1);
      assert.equal(lines.length, 21);
      assert.equal(lines.at(-1), '30 more warnings: sallyport policy lint shows all of them');
    }));

  test('with --dry-run shows the difference and writes nothing', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      const input = TEAM.replace('/shop', '/shops').replace('# Only those', '# Those');
      const { code, stdout } = await line.run(['apply', '-f', '-', '--dry-run'], { input });
      assert.equal(code, 0);
      assert.match(stdout, /^~ Route shop\n(.*\n)* +- {2}prefix: \/shop\n +\+ {2}prefix: \/shops\n/m);
      assert.match(stdout, /^ +- {2}# Only those\n +\+ {2}# Those$/m);
      assert.match(stdout, /^0 to create, 2 to update, 0 to delete, 3 unchanged\. Nothing was written\.$/m);
      assert.doesNotMatch(stdout, /\x1b/);
      assert.deepEqual(await apply(line, TEAM), []);
    }));

  test('colours the difference on a terminal, unless NO_COLOR is set', () =>
    inFolder(async (line) => {
      const args = ['apply', '-f', '-', '--dry-run'];
      assert.match(
        (await line.run(args, { input: TEAM, terminal: true })).stdout,
        /\x1b\[32m\+ Route shop\x1b\[39m/,
      );
      const plain = await line.run(args, { input: TEAM, terminal: true, env: { NO_COLOR: '1' } });
      assert.doesNotMatch(plain.stdout, /\x1b/);
    }));

  test('with --dry-run tells scripts each resource before and after', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      const input = TEAM.replace('/shop', '/shops');
      const told = await line.json<Changes>(['apply', '-f', '-', '--dry-run'], { input });
      assert.equal(told.dry_run, true);
      assert.deepEqual(
        told.changes.filter(({ action }) => action !== 'unchanged'),
        [
          {
            action: 'update',
            kind: 'Route',
            id: 'shop',
            before: route('/shop'),
            after: route('/shops'),
          },
        ],
      );
    }));

  test('with --prune deletes what a covered namespace has and the files have not', () =>
    inFolder(async (line) => {
      await apply(line, `${TEAM}---\n${OTHERS}`);
      const { id } = await line.json<{ id: string }>([
        'sa',
        'create',
        '--user-id',
        'by-hand',
        '--namespace',
        'team-a',
      ]);
      assert.deepEqual(await apply(line, without(TEAM, 'shop'), '--prune', '--yes'), [
        'delete Route shop',
        `delete ServiceAccount ${id}`,
      ]);
      assert.deepEqual(await ids(line, 'routes'), ['b'], 'team-b is not what the files are about');
      assert.deepEqual(await ids(line, 'users'), ['alice']);
    }));

  test('with --prune deletes namespaces below, with what is in them', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      const input = without(without(TEAM, 'team-a-below'), 'one');
      assert.deepEqual(await apply(line, input, '--prune', '--yes'), [
        'delete Namespace team-a-below',
        'delete ServiceAccount one',
      ]);
    }));

  test('with --prune leaves what is below a namespace that is only named', () =>
    inFolder(async (line) => {
      await apply(line, `${TEAM}---\n${OTHERS}`);
      const input = `${HEAD}kind: Policy\nid: other\nnamespace: global\nppl: [{ allow: { or: [{ accept: true }] } }]\n`;
      const { code, stderr } = await line.run(['apply', '-f', '-', '--prune'], { input });
      assert.equal(code, 1, 'route b still names the policy everyone, which is pruned');
      assert.match(stderr, /Policy everyone: would break Route b: policies\[0\]/);
      assert.deepEqual((await ids(line, 'routes')).length, 2);
    }));

  test('with --prune and the document of global deletes everything else, users and groups too, but global', () =>
    inFolder(async (line) => {
      const root = `${HEAD}kind: Namespace\nid: global\n`;
      await apply(line, `${TEAM}---\n${OTHERS}---\n${root}`);
      const deleted = await apply(line, root, '--prune', '--yes');
      assert.equal(deleted.length, 10);
      assert.deepEqual(await ids(line, 'ns'), ['global']);
      assert.deepEqual(await ids(line, 'users'), []);
    }));

  test('a pruned account’s user ID stays taken', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      await apply(line, without(TEAM, 'one'), '--prune', '--yes');
      const again = await line.run(['sa', 'create', '--user-id', 'robot-1', '--namespace', 'team-a']);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /robot-1 was given to service account one, and is never given twice/);
    }));
});

function route(prefix: string) {
  return {
    apiVersion: 'sallyport/v1alpha1',
    kind: 'Route',
    id: 'shop',
    namespace: 'team-a',
    hosts: ['a.example.com'],
    path: { prefix },
    policies: ['robots'],
  };
}

describe('delete', () => {
  test('one resource, an account with its credentials', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      await line.run(['sa', 'rotate', 'one']);
      const { changes } = await line.json<Changes>(['delete', 'SA', 'one']);
      assert.deepEqual(changes, [{ action: 'delete', kind: 'ServiceAccount', id: 'one' }]);
      assert.equal((await line.run(['sa', 'show', 'one'])).code, 1);
      assert.equal(
        (await line.run(['delete', 'route', 'shop'])).stdout,
        'ACTION   KIND   ID\ndeleted  Route  shop\n',
      );
    }));

  test('everything that a file holds, or nothing where something else still needs it', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      await line.json(['sa', 'create', '--user-id', 'x', '--namespace', 'team-a', '--id', 'mine']);
      const refused = await line.run(['delete', '-f', '-'], { input: TEAM });
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /Namespace team-a: still holds service account mine: delete that too, or first/,
      );
      assert.equal((await ids(line, 'sa')).length, 2);
      await line.run(['delete', 'sa', 'mine']);
      assert.equal((await line.run(['delete', '-f', '-'], { input: TEAM })).code, 0);
      assert.deepEqual(await ids(line, 'ns'), []);
    }));

  const refusals: [what: string[], why: RegExp][] = [
    [
      ['policy', 'robots'],
      /would break Route shop: policies\[0\]: there is no policy robots(?:.*\n)*.*would break Namespace team-a/,
    ],
    [
      ['namespace', 'team-a'],
      /still holds namespace team-a-below, policy robots, route shop: delete those too, or first/,
    ],
    [['ns', 'global'], /there is no Namespace "global"/],
    [['user', 'alice'], /is impersonated by service account hers/],
    [['route', 'shp'], /there is no Route "shp"; did you mean "shop"\?/],
  ];
  for (const [what, why] of refusals)
    test(`refuses ${what.join(' ')} while it is needed, or is not there`, () =>
      inFolder(async (line) => {
        await apply(line, `${TEAM}---\n${OTHERS}`);
        const { code, stderr } = await line.run(['delete', ...what]);
        assert.equal(code, 1);
        assert.match(stderr, why);
      }));

  test('never deletes the root', () =>
    inFolder(async (line) => {
      await apply(line, `${HEAD}kind: Namespace\nid: global\n`);
      assert.match((await line.run(['delete', 'ns', 'global'])).stderr, /the root always stays/);
    }));

  test('wants either a file or a kind and an id', () =>
    inFolder(async (line) => {
      for (const args of [[], ['route'], ['route', 'x', '-f', '-']])
        assert.equal((await line.run(['delete', ...args])).code, 2, args.join(' '));
    }));
});

describe('get', () => {
  test('takes kinds in any case, one or many, short or long, and suggests', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      for (const kind of [
        'sa',
        'ServiceAccount',
        'serviceaccounts',
        'service-account',
        'SERVICE_ACCOUNTS',
        'accounts',
      ])
        assert.deepEqual(await ids(line, kind), ['one'], kind);
      const { code, stderr } = await line.run(['get', 'polices']);
      assert.equal(code, 2);
      assert.match(stderr, /did you mean "policies"\?/);
    }));

  test('shows one as apply takes it, and many as a table', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      const one = await line.run(['get', 'policy', 'robots']);
      assert.match(
        one.stdout,
        /^apiVersion: sallyport\/v1alpha1\nkind: Policy\nid: robots\nnamespace: team-a\nppl: \|\n {2}# Only those\n/,
      );
      const many = await line.run(['get', 'routes']);
      assert.match(
        many.stdout,
        /^ID +NAMESPACE +HOSTS +PATH +POLICIES\nshop +team-a +a\.example\.com +prefix \/shop +robots\n$/,
      );
      for (const kind of ['ns', 'dg', 'du', 'pol', 'sa'])
        assert.equal((await line.run(['get', kind])).code, 0, kind);
    }));

  test('tells a service account’s status in JSON, and never a JWT', () =>
    inFolder(async (line) => {
      await apply(line, TEAM);
      const { credential_id, jwt } = await line.json<{ credential_id: string; jwt: string }>([
        'sa',
        'rotate',
        'one',
      ]);
      const { stdout } = await line.run(['get', 'sa', 'one', '-o', 'json']);
      const { status } = JSON.parse(stdout);
      assert.equal(status.status, 'active');
      assert.equal(status.credentials[0].id, credential_id);
      assert.ok(!stdout.includes(jwt.slice(-20)));
    }));

  test('looks only where it is told', () =>
    inFolder(async (line) => {
      await apply(line, `${TEAM}---\n${OTHERS}`);
      const among = async (...args: string[]) =>
        (await line.json<{ id: string }[]>(['get', ...args])).map(({ id }) => id);
      assert.deepEqual(await among('routes', '--namespace', 'team-b'), ['b']);
      assert.deepEqual(await among('sa', '--namespace', 'team-a'), ['one'], 'those below too');
      assert.equal((await line.run(['get', 'route', 'b', '--namespace', 'team-a'])).code, 1);
      assert.match(
        (await line.run(['get', 'sa', '--namespace', 'team-c'])).stderr,
        /there is no namespace "team-c"; did you mean/,
      );
    }));
});

describe('export', () => {
  test('prints everything in an order in which each comes after what it needs, and no secret', () =>
    inFolder(async (line) => {
      await apply(line, `${OTHERS}---\n${TEAM}`);
      await line.run(['sa', 'rotate', 'one']);
      const { stdout } = await line.run(['export']);
      assert.deepEqual(
        [...stdout.matchAll(/^kind: (.+)\nid: (.+)$/gm)].map(([, kind, id]) => `${kind} ${id}`),
        [
          'Namespace team-a',
          'Namespace team-b',
          'Namespace team-a-below',
          'DirectoryUser alice',
          'Policy everyone',
          'Policy robots',
          'Route b',
          'Route shop',
          'ServiceAccount hers',
          'ServiceAccount one',
        ],
      );
      assert.doesNotMatch(stdout, /credential|created_at|eyJ/);
    }));

  test('of a namespace prints it and those below, and refers to the rest', () =>
    inFolder(async (line) => {
      await apply(line, `${OTHERS}---\n${TEAM}`);
      const kinds = await line.json<{ id: string }[]>(['export', '--namespace', 'team-b']);
      assert.deepEqual(
        kinds.map(({ id }) => id),
        ['team-b', 'b', 'hers'],
      );
      assert.deepEqual(
        await apply(line, (await line.run(['export', '--namespace', 'team-a'])).stdout, '--prune'),
        [],
      );
    }));

  test('as JSON is one list that apply takes too', () =>
    inFolder(async (line) => {
      await apply(line, `${OTHERS}---\n${TEAM}`);
      const { stdout } = await line.run(['export', '-o', 'json']);
      assert.deepEqual(await apply(line, stdout), []);
      await inFolder(async (empty) => {
        assert.equal((await apply(empty, stdout)).length, 10);
        assert.equal((await empty.run(['export', '-o', 'json'])).stdout, stdout);
      });
    }));
});
