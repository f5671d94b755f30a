import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { commandLine, inFolder } from '../support/command-line.ts';

/** As a spreadsheet or an editor on Windows saves it: each `ë` is the byte 0xEB. */
const windows1252 = (text: string) => Buffer.from(text, 'latin1');

const POLICY = `apiVersion: sallyport/v1alpha1
kind: Policy
id: p
namespace: global
ppl: { deny: { or: [ { user: zoë } ] } }
`;

// Each is a way for text to come in from a file: a `deny` on zoë, or her id, would be stored as another name.
const ROWS: readonly (readonly [what: string, file: string, text: string, args: readonly string[]])[] = [
  ['resources', 'all.yaml', POLICY, ['apply', '-f', 'all.yaml']],
  ['resources that are to be deleted', 'all.yaml', POLICY, ['delete', '-f', 'all.yaml']],
  ['a policy to lint', 'p.yaml', 'deny: { or: [ { user: zoë } ] }', ['policy', 'lint', 'p.yaml']],
  ['cases of a policy', 'cases.jsonl', '{"user":"zoë"}', ['policy', 'test', 'cases.jsonl']],
  ['a directory as CSV', 'people.csv', 'id\nzoë\n', ['directory', 'import', '-f', 'people.csv']],
  ['a directory as JSON', 'people.json', '[{"id":"zoë"}]', ['directory', 'import', '-f', 'people.json']],
  ['the configuration', 'other.yaml', 'issuer: zoë\n', ['config', 'check', '--config', 'other.yaml']],
  ['a secret', 'secret', 'zoë\n', ['config', 'check', '--set', 'pomerium.shared_secret_file=secret']],
];

describe('a file that is not UTF-8', () => {
  for (const [what, file, text, args] of ROWS)
    test(`is refused as ${what}, by its name and the place of the byte`, () =>
      inFolder(async ({ folder, run }) => {
        const bytes = windows1252(text);
        await writeFile(join(folder, file), bytes);
        const { code, stderr } = await run(args);
        assert.equal(code, 2, stderr);
        assert.ok(stderr.includes(file) && stderr.includes(`byte ${bytes.indexOf(0xeb)} `), stderr);
        assert.doesNotMatch(stderr, /zo.?[\xeb\ufffd]/);
        // And it is taken once it is UTF-8, as far as its encoding goes.
        await writeFile(join(folder, file), text);
        assert.doesNotMatch((await run(args)).stderr, /UTF-8/);
      }));

  test('is refused on standard input, too', () =>
    inFolder(async ({ run }) => {
      const { code, stderr } = await run(['apply', '-f', '-'], { input: windows1252(POLICY) });
      assert.equal(code, 2);
      assert.match(stderr, /standard input can't be read: it is not UTF-8: byte \d+ \(line 5\)/);
    }));

  test('as the file of profiles is refused', () =>
    inFolder(async ({ folder, run }) => {
      await writeFile(join(folder, 'profiles.json'), windows1252('{"profiles":{"zoë":{}}}'), { mode: 0o600 });
      const { code, stderr } = await run(['profile', 'list'], {
        env: { SALLYPORT_PROFILES: 'profiles.json' },
      });
      assert.equal(code, 2);
      assert.match(stderr, /profiles\.json.*it is not UTF-8: byte 16 /);
    }));

  test('as a line among recorded decisions is no decision, and the others count', () =>
    inFolder(async ({ folder }) => {
      const line = (user: string) =>
        `{"event":"decision","time":"2026-01-01T00:00:00Z","verdict":"deny","reason":"x","user_id":"${user}","method":"GET","host":"h","path":"/"}\r\n`;
      const { run } = commandLine(folder);
      await writeFile(join(folder, 'p.yaml'), POLICY);
      await writeFile(
        join(folder, 'd.jsonl'),
        Buffer.concat([windows1252(line('zoë')), Buffer.from(line('zoë'))]),
      );
      const { stdout, stderr } = await run([
        'policy',
        'try',
        '--policy',
        'p.yaml',
        '--from',
        'd.jsonl',
        '--resources',
        'p.yaml',
      ]);
      assert.match(stdout, /^1 decisions: .*; 1 other lines/m, stderr);
    }));
});
