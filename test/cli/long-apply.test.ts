import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inFolder } from '../support/command-line.ts';

function manyRoutes(count: number): string {
  const documents = Array.from(
    { length: count },
    (_, index) =>
      `apiVersion: sallyport/v1alpha1\nkind: Policy\nid: policy-${index}\nnamespace: global\nppl:\n  allow:\n    or:\n      - user: { is: robot-${index} }\n`,
  );
  return documents.join('---\n');
}

describe('a long apply', () => {
  test('shows on a terminal how far it is, and cleans up after it', () =>
    inFolder(async (line) => {
      let shown = '';
      const input = manyRoutes(4000);
      const options = { input, terminal: true, onStderr: (text: string) => (shown += text) };
      const { code } = await line.run(['apply', '-f', '-'], options);
      assert.equal(code, 0);
      assert.match(shown, /reading … \d+ %/);
      assert.match(shown, /writing 4000 records …\r\x1b\[K$/);
    }));

  test('says nothing of it where nobody watches', () =>
    inFolder(async (line) => {
      const { stderr } = await line.run(['apply', '-f', '-'], { input: manyRoutes(2000) });
      assert.match(stderr, /^on the store in .*\n$/);
    }));

  test('is called off by SIGINT with 130, and nothing was changed', () =>
    inFolder(async (line) => {
      let interrupted = false;
      let shown = '';
      const onStderr = (text: string) => {
        shown += text;
        if (interrupted || !text.includes('reading')) return;
        interrupted = true;
        process.emit('SIGINT');
      };
      const { code } = await line.run(['apply', '-f', '-'], {
        input: manyRoutes(4000),
        terminal: true,
        onStderr,
      });
      assert.ok(interrupted);
      assert.equal(code, 130);
      assert.match(shown, /sallyport: interrupted: nothing was changed\n$/);
      assert.deepEqual(await line.json(['get', 'policies']), []);
      assert.equal(process.listenerCount('SIGINT'), 0, 'the next SIGINT ends the process as ever');
    }));
});
