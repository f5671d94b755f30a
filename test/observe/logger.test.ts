import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret.ts';
import { describeFault } from '../../src/observe/describe-fault.ts';
import { logEvent } from '../../src/observe/log-event.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { StoreUnavailable } from '../../src/store/port.ts';

function linesOf(act: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  act(createLogger({ level: 'info', to: { write: (line) => lines.push(line) } }));
  return lines.map((line) => JSON.parse(line));
}

describe('events', () => {
  it('are lines with level and time as text, a name and safe fields', () => {
    const [line] = linesOf((logger) =>
      logEvent(logger, 'listening', { listener: 'http', address: '127.0.0.1:9192' }),
    );
    assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(
      { ...line, time: '' },
      {
        level: 'info',
        time: '',
        event: 'listening',
        listener: 'http',
        address: '127.0.0.1:9192',
        msg: 'listening',
      },
    );
  });

  it('below the level are not written', () => {
    assert.deepEqual(
      linesOf((logger) => logEvent(logger, 'store-changed', { revision: 1 })),
      [],
    );
  });

  it('tell a fault by name, message, code and causes, and nothing else that it carries', () => {
    const fault = Object.assign(new Error('outer', { cause: new TypeError('inner') }), {
      code: 'ECODE',
      token: 'hunter2',
    });
    const [line] = linesOf((logger) => logEvent(logger, 'store-fault', { fault }));
    assert.doesNotMatch(JSON.stringify(line), /hunter2/);
    assert.match(
      JSON.stringify(line?.fault),
      /"message":"outer","code":"ECODE".*"cause":\{"name":"TypeError","message":"inner"/,
    );
  });
});

describe('what was thrown', () => {
  it('has no stack if it is an expected condition of the store, also as a cause', () => {
    const away = new StoreUnavailable('Redis at 127.0.0.1:6379: nothing listens there');
    assert.deepEqual(describeFault(away), { name: 'StoreUnavailable', message: away.message });
    assert.deepEqual(describeFault(new Error('outer', { cause: away })).cause, describeFault(away));
    assert.ok(describeFault(new Error('a bug')).stack);
  });

  it('is described whatever it was, bounded', () => {
    assert.deepEqual(describeFault('hunter2'), { name: 'Thrown', message: 'a string was thrown' });
    assert.equal(describeFault(new Error('x'.repeat(5000))).message.length, 1024);
    const loop = new Error('loop');
    loop.cause = loop;
    assert.ok(inspect(describeFault(loop), { depth: 9 }).length < 40_000);
  });
});

describe('the logger', () => {
  it('writes what it gathered when the process exits', async () => {
    const program = `
      import { createLogger } from '${new URL('../../src/observe/logger.ts', import.meta.url)}';
      const logger = createLogger({ level: 'info' });
      for (let i = 0; i < 500; i++) logger.pino.info('a line');
      process.exit(0);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = await text(child.stdout);
    assert.equal(output.trimEnd().split('\n').length, 500);
  });

  it('shows no secret that reaches it by mistake', () => {
    const [line] = linesOf((logger) => logger.pino.info({ secret: new Secret(Buffer.from('hunter2')) }));
    assert.equal(line?.secret, '[secret]');
  });
});
