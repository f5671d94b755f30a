import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type LogEvents, logEvent } from '../../src/observe/log-event.ts';
import { createLogger, type Logger } from '../../src/observe/logger.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { StoreUnavailable } from '../../src/store/port.ts';

type Line = Readonly<Record<string, unknown>>;

function openLog(t: TestContext): {
  readonly logger: Logger;
  readonly lines: Line[];
  pass(ms: number): void;
} {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const lines: Line[] = [];
  const logger = createLogger({
    level: 'info',
    to: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  return { logger, lines, pass: (ms) => t.mock.timers.tick(ms) };
}

const MINUTE = 60_000;
const fault = new Error('a bug');
/** All that can be logged: the types see to it that none is missing. `a` and `b` differ in what a peer or a tenant can choose. */
const EVENTS: { readonly [Event in keyof LogEvents]: readonly [a: LogEvents[Event], b: LogEvents[Event]] } = {
  starting: [{ version: '1' }, { version: '1' }],
  listening: [
    { listener: 'http', address: 'a' },
    { listener: 'http', address: 'b' },
  ],
  serving: [{ revision: 1 }, { revision: 2 }],
  'not-serving': [{ problem: 'a' }, { problem: 'b' }],
  'store-changed': [{ revision: 1 }, { revision: 2 }],
  'store-fault': [{ fault: new StoreUnavailable('a') }, { fault: new StoreUnavailable('b') }],
  'store-awaited': [{ fault: new StoreUnavailable('a') }, { fault: new StoreUnavailable('b') }],
  'store-lost': [{ problem: 'a', checks_fail_in_s: 1 }, { problem: 'b' }],
  'store-back': [{ away_s: 1 }, { away_s: 2 }],
  'store-warning': [{ warning: 'a' }, { warning: 'b' }],
  'side-write-fault': [
    { what: 'decisions', fault },
    { what: 'last-used', fault },
  ],
  'policy-fault': [
    { policy: 'a', problem: 'a' },
    { policy: 'b', problem: 'b' },
  ],
  'policy-mended': [{ policy: 'a' }, { policy: 'b' }],
  'route-fault': [
    { route: 'a', problem: 'a' },
    { route: 'b', problem: 'b' },
  ],
  'route-mended': [{ route: 'a' }, { route: 'b' }],
  'namespace-fault': [
    { namespace: 'a', problem: 'a' },
    { namespace: 'b', problem: 'b' },
  ],
  'namespace-mended': [{ namespace: 'a' }, { namespace: 'b' }],
  'namespace-missing': [
    { setting: 'unmatched', namespace: 'a', problem: 'a' },
    { setting: 'unmatched', namespace: 'b', problem: 'b' },
  ],
  'namespace-found': [
    { setting: 'unmatched', namespace: 'a' },
    { setting: 'unmatched', namespace: 'b' },
  ],
  'not-warm': [{ fault }, { fault }],
  'keys-loaded': [
    { file: 'a', keys: 1 },
    { file: 'b', keys: 1 },
  ],
  'keys-made': [{ file: 'a' }, { file: 'b' }],
  'keys-fault': [
    { file: 'a', fault },
    { file: 'b', fault },
  ],
  'keys-warning': [{ warning: 'a' }, { warning: 'b' }],
  'files-loaded': [
    { setting: 'a', file: 'a' },
    { setting: 'b', file: 'b' },
  ],
  'files-fault': [
    { setting: 'a', file: 'a', problem: 'a' },
    { setting: 'b', file: 'b', problem: 'b' },
  ],
  reloaded: [
    { changed: ['a'], failed: [] },
    { changed: [], failed: ['b'] },
  ],
  'check-failed': [
    { fault: new Error('a'), request_id: 'a' },
    { fault: new Error('b'), request_id: 'b' },
  ],
  'check-not-answered': [
    { kind: 'cancelled', problem: 'a', request_id: 'a' },
    { kind: 'cancelled', problem: 'b', peer: 'b' },
  ],
  'client-refused': [{ peer: 'a' }, { peer: 'b' }],
  'claim-left-out': [
    { header: 'a', account_id: 'a' },
    { header: 'a', account_id: 'a' },
  ],
  'claim-header-left-out': [
    { header: 'a', account_id: 'a', max_bytes: 1 },
    { header: 'a', account_id: 'a', max_bytes: 1 },
  ],
  'groups-left-out': [
    { account_id: 'a', groups: 1, max_bytes: 1 },
    { account_id: 'a', groups: 2, max_bytes: 1 },
  ],
  'http-fault': [{ fault: new Error('a') }, { fault: new Error('b') }],
  'scim-dropped': [
    { user: 'a', dropped: ['userName'] },
    { user: 'b', dropped: ['userName'] },
  ],
  'control-plane-up': [
    { address: 'a', pid: 1 },
    { address: 'a', pid: 2 },
  ],
  'control-plane-down': [{ problem: 'a' }, { problem: 'b' }],
  stopping: [{ signal: 'SIGTERM' }, { signal: 'SIGINT' }],
  stopped: [{}, {}],
  fault: [{ fault }, { fault }],
};

function repeat<Event extends keyof LogEvents>(logger: Logger, event: Event, times: number): void {
  const [a, b] = EVENTS[event];
  for (let at = 0; at < times; at++) logEvent(logger, event, at % 2 === 0 ? a : b);
}

for (const event of Object.keys(EVENTS) as (keyof LogEvents)[])
  test(`no repeated condition floods the log: ${event} a thousand times in a minute`, (t) => {
    const { logger, lines, pass } = openLog(t);
    repeat(logger, event, 1000);
    pass(MINUTE);
    assert.ok(lines.length <= 21, `${lines.length} lines`);
  });

test('a cancelled Check is logged once a minute with a count, without a stack', (t) => {
  const { logger, lines, pass } = openLog(t);
  repeat(logger, 'check-not-answered', 1000);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.level, 'warn');
  assert.equal('repeated' in (lines[0] ?? {}), false);
  pass(MINUTE);
  assert.equal(lines.length, 2);
  assert.deepEqual([lines[1]?.repeated, lines[1]?.problem], [999, 'b']);
  pass(MINUTE);
  pass(MINUTE);
  assert.equal(lines.length, 2, 'nothing happened');
  repeat(logger, 'check-not-answered', 1);
  assert.equal(lines.length, 3, 'and is told at once where it begins again');
  assert.doesNotMatch(JSON.stringify(lines), /"stack"/);
});

test('kinds of a failure do not hide one another', (t) => {
  const { logger, lines } = openLog(t);
  for (let round = 0; round < 3; round++) {
    for (const kind of ['cancelled', 'timeout', 'message-too-large'])
      logEvent(logger, 'check-not-answered', { kind, problem: 'x' });
    logEvent(logger, 'check-failed', { fault: new StoreUnavailable('no store') });
    logEvent(logger, 'check-failed', { fault: new TypeError('a bug') });
  }
  assert.equal(lines.length, 5);
});

test('a store that is unavailable has no stack in the log, a bug has', (t) => {
  const { logger, lines } = openLog(t);
  logEvent(logger, 'check-failed', { fault: new StoreUnavailable('no store') });
  logEvent(logger, 'check-failed', { fault: new TypeError('a bug') });
  assert.deepEqual(
    lines.map(({ fault }) => JSON.stringify(fault).includes('"stack"')),
    [false, true],
  );
});

test('groups that were left out are logged once per account', (t) => {
  const { logger, lines, pass } = openLog(t);
  for (let round = 0; round < 3; round++) {
    for (const account_id of ['a', 'b'])
      logEvent(logger, 'groups-left-out', { account_id, groups: 1200, max_bytes: 8192 });
    pass(24 * 60 * MINUTE);
  }
  logger.flush();
  assert.deepEqual(
    lines.map(({ account_id }) => account_id),
    ['a', 'b'],
  );
});

test('however many accounts there are, their lines are bounded', (t) => {
  const { logger, lines, pass } = openLog(t);
  const log = (from: number, to: number) => {
    for (let at = from; at < to; at++)
      logEvent(logger, 'groups-left-out', { account_id: `a-${at}`, groups: 1200, max_bytes: 8192 });
  };
  log(0, 10_000);
  const before = lines.length;
  log(10_000, 20_000);
  pass(MINUTE);
  assert.equal(lines.length - before, 2);
  assert.equal(lines.at(-1)?.repeated, 9_999);
});

test('of a state that changes all the time, the last line is the state that holds', (t) => {
  const { logger, lines, pass } = openLog(t);
  for (let at = 0; at < 500; at++) {
    logEvent(logger, 'not-serving', { problem: 'no contact' });
    logEvent(logger, 'serving', { revision: at });
  }
  logEvent(logger, 'not-serving', { problem: 'the last' });
  pass(MINUTE);
  assert.equal(lines.at(-1)?.problem, 'the last');
});

test('metrics count every problem, also those without a line', async (t) => {
  const { logger } = openLog(t);
  repeat(logger, 'check-not-answered', 1000);
  repeat(logger, 'http-fault', 7);
  repeat(logger, 'serving', 3);
  const text = await createMetrics({ logger, processMetrics: false }).text();
  assert.deepEqual(
    text.split('\n').filter((line) => line.startsWith('sallyport_log_problems_total')),
    [
      'sallyport_log_problems_total{event="check-not-answered"} 1000',
      'sallyport_log_problems_total{event="http-fault"} 7',
    ],
  );
});

test('what was counted is written when the process stops', (t) => {
  const { logger, lines } = openLog(t);
  repeat(logger, 'client-refused', 3);
  logger.flush();
  assert.deepEqual([lines.length, lines.at(-1)?.repeated], [2, 2]);
});
