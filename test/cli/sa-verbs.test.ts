import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DescribedCredential } from '../../src/operations/issue-credential.ts';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const create = (line: CommandLine, user: string, ...flags: string[]) =>
  line.json<DescribedCredential>(['sa', 'create', '--user-id', user, '--namespace', 'global', ...flags]);

describe('service accounts on the command line', () => {
  test('sa create prints the JWT once, beside what it is', () =>
    inFolder(async (line) => {
      const created = await create(line, 'robot', '--id', 'mine', '--expires-in', '90d');
      const { jwt, credential_id, ...rest } = created;
      assert.deepEqual(rest, {
        id: 'mine',
        user_id: 'robot',
        namespace: 'global',
        expires_at: '2026-08-30T00:00:00.000Z',
      });
      assert.equal(jwt.split('.').length, 3);
      const shown = await line.run(['sa', 'show', 'mine']);
      assert.ok(shown.stdout.includes(credential_id) && !shown.stdout.includes(jwt));
      assert.match(shown.stdout, /^User ID +robot$/m);
      const table = await line.run(['sa', 'create', '--user-id', 'two', '--namespace', 'global']);
      assert.match(table.stdout, /\n\neyJ\S+\n$/);
      assert.match(table.stderr, /Copy the JWT now/);
    }));

  test('sa create refuses what can’t be, with 1, and what is no id, with 2', () =>
    inFolder(async (line) => {
      await create(line, 'robot', '--id', 'mine');
      const failing: [string[], number, RegExp][] = [
        [['--user-id', 'robot', '--namespace', 'global'], 1, /never given twice/],
        [['--user-id', 'x', '--namespace', 'nowhere'], 1, /there is no namespace nowhere/],
        [['--user-id', 'x', '--namespace', 'global', '--id', 'mine'], 1, /choose another id/],
        [['--user-id', 'x', '--namespace', 'a b'], 2, /expected 1 to 128 letters/],
        [['--user-id', 'x'], 2, /required option '-n, --namespace/],
        [['--user-id', 'x', '--namespace', 'global', '--expires-in', '90'], 2, /duration with its unit/],
        [
          ['--user-id', 'x', '--namespace', 'global', '--expires-at', '2020-01-01T00:00:00Z'],
          1,
          /passed already/,
        ],
      ];
      for (const [flags, exit, why] of failing) {
        const { code, stderr } = await line.run(['sa', 'create', ...flags]);
        assert.equal(code, exit, flags.join(' '));
        assert.match(stderr, why);
      }
    }));

  test('sa list, rotate, revoke, disable, enable and delete', () =>
    inFolder(async (line) => {
      const { id, credential_id } = await create(line, 'robot');
      const rotated = await line.json<DescribedCredential>(['sa', 'rotate', id, '--label', 'second']);
      assert.notEqual(rotated.credential_id, credential_id);
      const statuses = async () => {
        const { status, credentials } = await line.json<{
          status: string;
          credentials: { status: string }[];
        }>(['sa', 'show', id]);
        return [status, ...credentials.map((one) => one.status)];
      };
      assert.deepEqual(await statuses(), ['active', 'active', 'active']);
      assert.deepEqual(await line.json(['sa', 'revoke', id, '--credential', credential_id]), {
        id,
        revoked: [credential_id],
      });
      assert.deepEqual(await statuses(), ['active', 'revoked', 'active']);
      assert.deepEqual(await line.json(['sa', 'revoke', id]), { id, revoked: [rotated.credential_id] });
      assert.match((await line.run(['sa', 'revoke', id])).stdout, /^Nothing to revoke/);
      assert.deepEqual(await line.json(['sa', 'disable', id]), { id, disabled: true });
      assert.match((await line.run(['sa', 'list'])).stdout, /robot +global +disabled/);
      assert.equal((await line.run(['sa', 'enable', id])).stdout, `${id} is enabled.\n`);
      assert.equal((await line.run(['sa', 'list', '--namespace', 'elsewhere'])).code, 1);
      assert.deepEqual(await line.json(['sa', 'delete', id]), { id, deleted: true });
      assert.deepEqual(await line.json(['sa', 'list']), []);
      const again = await line.run(['sa', 'delete', id, '-o', 'json']);
      assert.equal(again.code, 1);
      assert.equal(JSON.parse(again.stderr).error.code, 'not-found');
    }));
});

describe('config check', () => {
  test('says that all is good, or everything that is not, with 2', () =>
    inFolder(async (line) => {
      assert.match((await line.run(['config', 'check'])).stdout, /valid\n$/);
      const bad = await line.run([
        'config',
        'check',
        '--set',
        'log.level=loud',
        '--set',
        'realm=',
        '-o',
        'json',
      ]);
      assert.equal(bad.code, 2);
      const { error } = JSON.parse(bad.stderr);
      assert.deepEqual([error.code, error.problems.length], ['config', 2]);
    }));
});
