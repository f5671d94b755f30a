import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { childEnvironment } from '../support/child.ts';
import { programCommand, runProgram } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-closed-pipe-'));
after(() => rmSync(folder, { recursive: true }));
const store = ['--set', `store.embedded.path=${join(folder, 'data')}`];

/** Runs `sallyport` with a reader of its output that goes away at once. */
async function runUnread(args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const [program = '', ...first] = programCommand();
  const child = spawn(program, [...first, ...args, ...store], {
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { stderr: await text(child.stderr), code: await ended };
}

async function json<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runProgram([...programCommand(), ...args, ...store, '-o', 'json']);
  assert.equal(code, 0, stderr);
  const value: T = JSON.parse(stdout);
  return value;
}

describe('a reader that goes away (| head)', () => {
  before(async () => {
    await json(['store', 'init']);
    await json(['sa', 'create', '--id', 'first', '--user-id', 'first', '--namespace', 'global']);
  });

  for (const args of [['sa', 'list'], ['export'], ['--help']])
    test(`ends ${args.join(' ')} without a word`, async () => {
      assert.deepEqual(await runUnread(args), { code: 141, stderr: '' });
    });

  for (const [args, account] of [
    [['sa', 'create', '--id', 'lost', '--user-id', 'lost', '--namespace', 'global'], 'lost'],
    [['sa', 'rotate', 'first'], 'first'],
    [['bootstrap', '--id', 'alice', '-o', 'json'], 'alice'],
  ] as const)
    test(`leaves no credential behind whose JWT nobody saw (${args[0]} ${args[1]})`, async () => {
      const { code, stderr } = await runUnread(args);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /the JWT could not be written to standard output, and is revoked: credential \S+ of/,
      );
      assert.doesNotMatch(stderr, /eyJ/);
      const { credentials } = await json<{ credentials: { id: string; status: string }[] }>([
        'sa',
        'show',
        account,
      ]);
      const id = /credential (\S+) of/.exec(stderr)?.[1];
      assert.equal(credentials.find((each) => each.id === id)?.status, 'revoked');
    });
});
