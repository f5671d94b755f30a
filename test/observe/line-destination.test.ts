import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openLineDestination } from '../../src/observe/line-destination.ts';
import { logEvent } from '../../src/observe/log-event.ts';
import { createLogger } from '../../src/observe/logger.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-lines-'));
after(() => rmSync(folder, { recursive: true }));

function linesOf(log: (to: ReturnType<typeof openLineDestination>) => void): string[] {
  const file = join(folder, 'log');
  const descriptor = openSync(file, 'w');
  log(openLineDestination(descriptor));
  closeSync(descriptor);
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

describe('lines of a process that shares its standard output', () => {
  it('are written one by one, with the fields that each has', () => {
    const lines = linesOf((to) => {
      const logger = createLogger({ level: 'info', to, fields: { plane: 'control' } });
      logEvent(logger, 'stopping', { signal: 'SIGTERM' });
      logEvent(logger, 'stopped', {});
    });
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ event, plane }) => [event, plane]),
      [
        ['stopping', 'control'],
        ['stopped', 'control'],
      ],
    );
  });

  for (const text of ['x', 'ö', '\u0000', '\ud800'])
    it(`are at most 4 KiB long, and JSON all the same (${JSON.stringify(text)})`, () => {
      const [line = '', ...more] = linesOf((to) => {
        const logger = createLogger({ level: 'info', to });
        logEvent(logger, 'store-warning', { warning: text.repeat(20_000) });
      });
      assert.equal(more.length, 0);
      assert.ok(Buffer.byteLength(line) < 4096, String(line.length));
      const { event, warning, cut } = JSON.parse(line);
      assert.equal(event, 'store-warning');
      assert.equal(cut, true);
      assert.ok(text.repeat(20_000).startsWith(warning) && warning.length > 0);
    });

  it('that can not be written are counted, and stop nothing', () => {
    const destination = openLineDestination(1_000_000);
    destination.write('{}\n');
    assert.equal(destination.dropped(), 1);
  });
});
