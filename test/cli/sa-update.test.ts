import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const CREATE = ['sa', 'create', '--id', 'bot', '--user-id', 'bot', '--namespace', 'global'];

interface Shown {
  readonly description: string;
  readonly expires_at: string | null;
  readonly user_id: string;
}

const withBot = (use: (line: CommandLine) => Promise<void>) =>
  inFolder(async (line) => {
    await line.json(CREATE);
    await use(line);
  });

describe('sa update', () => {
  test('changes the fields that are named, and leaves the others', () =>
    withBot(async (line) => {
      await line.json(['sa', 'update', 'bot', '--description', 'nightly', '--expires-in', '90d']);
      await line.json(['sa', 'update', 'bot', '--description', 'weekly']);
      const { description, expires_at } = await line.json<Shown>(['sa', 'show', 'bot']);
      assert.equal(description, 'weekly');
      assert.equal(expires_at, '2026-08-30T00:00:00.000Z');
    }));

  test('removes an expiry', () =>
    withBot(async (line) => {
      await line.json(['sa', 'update', 'bot', '--expires-in', '90d']);
      await line.json(['sa', 'update', 'bot', '--expires', 'never']);
      assert.equal((await line.json<Shown>(['sa', 'show', 'bot'])).expires_at, null);
    }));

  test('says that nothing changes, and what would with --dry-run', () =>
    withBot(async (line) => {
      assert.match((await line.run(['sa', 'update', 'bot', '--user-id', 'bot'])).stdout, /bot is unchanged/);
      const dry = await line.run(['sa', 'update', 'bot', '--description', 'x', '--dry-run']);
      assert.match(dry.stdout, /bot would be changed\. Nothing was written\./);
      assert.equal((await line.json<Shown>(['sa', 'show', 'bot'])).description, '');
    }));
});

describe('a verb that takes several ids', () => {
  const withTwo = (use: (line: CommandLine) => Promise<void>) =>
    withBot(async (line) => {
      await line.json(['sa', 'create', '--id', 'other', '--user-id', 'other', '--namespace', 'global']);
      await use(line);
    });

  test('disables each of them, and prints a list as JSON', () =>
    withTwo(async (line) => {
      assert.deepEqual(await line.json(['sa', 'disable', 'bot', 'other']), [
        { id: 'bot', disabled: true },
        { id: 'other', disabled: true },
      ]);
      assert.equal(
        (await line.run(['sa', 'enable', 'bot', 'other'])).stdout,
        'bot is enabled.\nother is enabled.\n',
      );
    }));

  test('revokes the credentials of all of them, or of none', () =>
    withTwo(async (line) => {
      const { code } = await line.run(['sa', 'revoke', 'bot', 'none']);
      assert.equal(code, 1);
      const { revoked } = await line.json<{ revoked: string[] }>(['sa', 'revoke', 'bot', 'other']);
      assert.equal(revoked.length, 2);
    }));

  test('deletes resources of one kind together', () =>
    withTwo(async (line) => {
      assert.equal((await line.run(['delete', 'sa', 'bot', 'none'])).code, 1);
      assert.equal((await line.json<unknown[]>(['get', 'sa'])).length, 2);
      assert.equal((await line.run(['delete', 'sa', 'bot', 'other'])).code, 0);
      assert.deepEqual(await line.json(['get', 'sa']), []);
    }));
});
