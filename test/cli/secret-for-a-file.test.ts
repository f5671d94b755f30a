import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inFolder } from '../support/command-line.ts';

const JWT = `eyJhbGciOiJFZERTQSJ9.${'eyJzdWIiOiJodW50ZXIyIn0'.repeat(20)}.c2lnbmF0dXJl`;
const PEM = '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----';
const SERVER = ['--server', 'https://admin.test'];

// Each option takes the name of a file; here it is given what the file should hold.
const ROWS: readonly (readonly [args: readonly string[], secret: string])[] = [
  [['explain', 'https://a.test/', '--jwt', JWT], JWT],
  [['explain', 'https://a.test/', '--jwt', 'hunter2'], 'hunter2'],
  [['explain', 'https://a.test/', '--client-certificate', PEM], 'hunter2'],
  [['sa', 'list', ...SERVER, '--token-file', JWT], JWT],
  [['sa', 'list', ...SERVER, '--token-file', 'hunter2'], 'hunter2'],
  [['sa', 'list', ...SERVER, '--ca', PEM], 'hunter2'],
  [['apply', '-f', JWT], JWT],
  [['policy', 'lint', JWT], JWT],
];

describe('a secret that is given where a file is expected', () => {
  for (const [args, secret] of ROWS)
    test(`is not told: ${args.filter((arg) => arg !== JWT && arg !== PEM).join(' ')}`, () =>
      inFolder(async ({ run }) => {
        for (const more of [[], ['-o', 'json']]) {
          const { code, stdout, stderr } = await run([...args, ...more]);
          assert.equal(code, 2, stderr);
          assert.ok(!`${stdout}${stderr}`.includes(secret.slice(0, 40)), stderr);
          assert.match(stderr, /there is no such file|there are none|can't be read: /);
        }
      }));

  test('the name of a file that is not there is told', () =>
    inFolder(async ({ run }) => {
      assert.match(
        (await run(['apply', '-f', 'missing.yaml'])).stderr,
        /missing\.yaml can't be read: there is no such file/,
      );
    }));
});
