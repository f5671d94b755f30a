import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { type SupervisedControlPlane, superviseControlPlane } from '../../src/app/supervise-control-plane.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { waitUntil } from '../support/wait-until.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-supervise-'));
after(() => rmSync(folder, { recursive: true }));

const LISTENING = `process.send({ type: 'listening', address: '127.0.0.1:1' });`;
const STAYS = 'setInterval(() => {}, 1000);';

let supervised: SupervisedControlPlane | undefined;
const started: ChildProcess[] = [];
afterEach(async () => {
  await supervised?.stop(0);
  supervised = undefined;
  started.length = 0;
});

/** Supervises processes that run these scripts, one after the other and the last one again and again. */
function supervise(...scripts: string[]) {
  const lines: { event: string; problem?: string }[] = [];
  const logger = createLogger({ level: 'info', to: { write: (line) => void lines.push(JSON.parse(line)) } });
  supervised = superviseControlPlane(() => {
    const script = scripts[Math.min(started.length, scripts.length - 1)] ?? '';
    const file = join(folder, `${started.length}.mjs`);
    writeFileSync(file, script);
    const child = fork(file, { execArgv: [], silent: true });
    started.push(child);
    return child;
  }, logger);
  return { lines, plane: supervised };
}

const eventsOf = (lines: readonly { event: string; problem?: string }[]) =>
  lines.map(({ event, problem }) => (problem === undefined ? event : `${event}: ${problem}`));

describe('the control plane’s process', () => {
  test('is up once it says so, and down and started again when it is killed', async () => {
    const { lines, plane } = supervise(`${LISTENING}${STAYS}`);
    assert.equal(plane.up, false);
    await waitUntil('it to be up', () => plane.up);
    started[0]?.kill('SIGKILL');
    await waitUntil('it to be up again', () => started.length === 2 && plane.up);
    assert.deepEqual(eventsOf(lines), [
      'control-plane-up',
      'control-plane-down: ended by SIGKILL',
      'control-plane-up',
    ]);
  });

  test('that can not start is tried again, and its reason is logged once for as long as it stays the same', async () => {
    const fails = (problem: string) =>
      `process.send({ type: 'failed', problem: '${problem}' }, () => process.exit(1));`;
    const { lines, plane } = supervise(
      fails('taken'),
      fails('taken'),
      fails('bad folder'),
      `${LISTENING}${STAYS}`,
    );
    await waitUntil('it to be up', () => plane.up);
    assert.equal(started.length, 4);
    assert.deepEqual(eventsOf(lines), [
      'control-plane-down: taken',
      'control-plane-down: bad folder',
      'control-plane-up',
    ]);
  });

  test('says nothing that is believed but what is known of it', async () => {
    const nonsense = [
      'null',
      '[]',
      `'listening'`,
      `{ type: 'listening' }`,
      `{ type: 'x' }`,
      `{ type: 'listening', address: 'a', more: 1 }`,
    ];
    const sends = nonsense.map((message) => `process.send(${message});`).join('');
    const { plane } = supervise(`${sends} setTimeout(() => process.exit(3), 50);`, `${LISTENING}${STAYS}`);
    await waitUntil('the second to be up', () => plane.up);
    assert.equal(started.length, 2);
  });

  test('that can not even be started is a reason as any other', async () => {
    const lines: { event: string; problem?: string }[] = [];
    const logger = createLogger({
      level: 'info',
      to: { write: (line) => void lines.push(JSON.parse(line)) },
    });
    let attempts = 0;
    supervised = superviseControlPlane(() => {
      attempts += 1;
      throw new Error('no processes left');
    }, logger);
    await waitUntil('another attempt', () => attempts > 2);
    assert.deepEqual(eventsOf(lines), ['control-plane-down: no processes left']);
  });

  test('is asked to end, and is killed after the grace if it does not', async () => {
    const { plane, lines } = supervise(`process.on('SIGTERM', () => {});${LISTENING}${STAYS}`);
    await waitUntil('it to be up', () => plane.up);
    await plane.stop(50);
    assert.equal(started[0]?.signalCode, 'SIGKILL');
    assert.equal(started.length, 1);
    assert.deepEqual(eventsOf(lines), ['control-plane-up']);
  });

  test('that ends when asked is not started again', async () => {
    const { plane } = supervise(`process.on('SIGTERM', () => process.exit(0));${LISTENING}${STAYS}`);
    await waitUntil('it to be up', () => plane.up);
    await plane.stop(60_000);
    assert.equal(started[0]?.exitCode, 0);
    assert.equal(started.length, 1);
  });
});
