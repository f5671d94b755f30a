import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandLine, inFolder } from '../support/command-line.ts';

const POLICY = `apiVersion: sallyport/v1alpha1
kind: Policy
id: readers
namespace: global
name: Readers
ppl: { allow: { and: [user: bot] } }
`;

/** A program in place of a person: it gets the file as its argument. */
function editor(line: CommandLine, script: string): { readonly EDITOR: string } {
  const path = join(line.folder, 'editor.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o700);
  return { EDITOR: path };
}

const withPolicy = (use: (line: CommandLine) => Promise<void>) =>
  inFolder(async (line) => {
    await line.run(['apply', '-f', '-'], { input: POLICY });
    await use(line);
  });

const nameOf = async (line: CommandLine) =>
  (await line.json<{ name: string }>(['get', 'policy', 'readers'])).name;

describe('edit', () => {
  test('applies what was saved', () =>
    withPolicy(async (line) => {
      const env = editor(line, 'sed -i "s/Readers/Writers/" "$1"');
      const { code, stderr } = await line.run(['edit', 'policy', 'readers'], { env });
      assert.equal(code, 0, stderr);
      assert.equal(await nameOf(line), 'Writers');
    }));

  test('changes nothing if nothing was changed, and shows the difference with --dry-run', () =>
    withPolicy(async (line) => {
      const untouched = await line.run(['edit', 'policy', 'readers'], { env: editor(line, 'true') });
      assert.match(untouched.stderr, /Nothing was changed/);
      const dry = await line.run(['edit', 'policy', 'readers', '--dry-run'], {
        env: editor(line, 'sed -i "s/Readers/Writers/" "$1"'),
      });
      assert.match(dry.stdout, /\+name: Writers/);
      assert.equal(await nameOf(line), 'Readers');
    }));

  test('keeps what was edited if it can not be applied, and names the file', () =>
    withPolicy(async (line) => {
      const { code, stderr } = await line.run(['edit', 'policy', 'readers'], {
        env: editor(line, 'sed -i "s/user: bot/usr: bot/" "$1"'),
        terminal: true,
      });
      assert.equal(code, 1, stderr);
      const kept = /The edited file is (\S+)/.exec(stderr)?.[1] ?? '';
      assert.ok(existsSync(kept), stderr);
      assert.equal(await nameOf(line), 'Readers');
    }));

  test('refuses another resource in place of the one that is edited', () =>
    withPolicy(async (line) => {
      const env = editor(line, 'sed -i "s/id: readers/id: others/" "$1"');
      const { code, stderr } = await line.run(['edit', 'policy', 'readers'], { env });
      assert.equal(code, 2);
      assert.match(stderr, /expected the Policy readers and nothing else/);
    }));

  test('of an editor that fails changes nothing', () =>
    withPolicy(async (line) => {
      const { code, stderr } = await line.run(['edit', 'policy', 'readers'], { env: editor(line, 'exit 3') });
      assert.equal(code, 2);
      assert.match(stderr, /ended with 3: set EDITOR/);
    }));
});
