import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createDecisionLog } from '../../src/observe/decision-log.ts';
import { createLogger, type LogLevel } from '../../src/observe/logger.ts';
import { tokenOf } from '../support/records.ts';
import { allow, deny, request } from './decisions.ts';

function logTo(lines: string[], which: 'all' | 'denied' | 'none' = 'all', level: LogLevel = 'info') {
  return createDecisionLog(createLogger({ level, to: { write: (line) => lines.push(line) } }), which);
}

function logged(...call: Parameters<ReturnType<typeof logTo>>): Record<string, unknown> {
  const lines: string[] = [];
  logTo(lines)(...call);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^[^\n]+\n$/);
  return JSON.parse(lines[0] ?? '');
}

describe('the line of a decision', () => {
  it('says who asked for what, and why it was let in', () => {
    const { time, ...line } = logged(allow, request, 0.0314);
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(line, {
      level: 'info',
      event: 'decision',
      verdict: 'allow',
      enforcement: 'enforce',
      reason: 'user-ok',
      authenticated: true,
      account_id: 'ci',
      credential_id: 'ci-1',
      user_id: 'ci@team-a',
      kid: 'k-1',
      namespace: 'team-a',
      binding: 'route',
      route: 'api',
      policy: 'only-ci',
      scheme: 'x-pomerium-authorization',
      request_id: 'r-1',
      method: 'GET',
      host: 'api.example.com',
      path: '/v1/things',
      ip: '10.0.0.9',
      revision: 42,
      duration_us: 31,
    });
  });

  it('says of a denial which kind it is, and all of its reasons', () => {
    const line = logged(deny, request, 1);
    assert.equal(line.refusal, 'unauthenticated');
    assert.equal(line.reason, 'token-expired');
    assert.deepEqual(line.reasons, ['token-expired', 'user-unauthenticated']);
    assert.equal(line.account_id, undefined);
    assert.equal(line.route, undefined);
  });

  it('says whose token was refused after a good signature, and what an operator can do about any', () => {
    const tokenWithoutCaller = tokenOf({ credential: 'ci-2', account: 'ci', user: 'ci@team-a', kid: 'k-2' });
    const line = logged({ ...deny, tokenWithoutCaller, hint: 'a "hint"\u202e' }, request, 1);
    const { account_id, credential_id, user_id, kid, hint, revision } = line;
    assert.deepEqual(
      { account_id, credential_id, user_id, kid, hint, revision },
      {
        account_id: 'ci',
        credential_id: 'ci-2',
        user_id: 'ci@team-a',
        kid: 'k-2',
        hint: 'a "hint"\u202e',
        revision: 42,
      },
    );
  });

  it('says what policies in shadow mode would have decided', () => {
    const { shadow } = logged(
      {
        ...allow,
        shadow: { outcome: 'deny', reasons: ['reject', 'email-unauthorized'], policy: allow.policy },
      },
      request,
      1,
    );
    assert.deepEqual(shadow, {
      outcome: 'deny',
      reason: 'reject',
      reasons: ['reject', 'email-unauthorized'],
      policy: 'only-ci',
    });
  });

  it('tells the policies that route metadata named, without which nobody could judge it again', () => {
    assert.ok(allow.binding);
    const binding = { ...allow.binding, route: undefined, policies: ['a', 'b'] };
    assert.deepEqual(logged({ ...allow, binding }, request, 1).policies, ['a', 'b']);
  });

  it('holds no query string, header or assertion', () => {
    const text = JSON.stringify(logged(allow, { ...request, path: '/a?token=hunter2#hunter2' }, 1));
    assert.doesNotMatch(text, /hunter2|eyJ/);
  });

  it('is one line of JSON whatever the request holds, bounded, with nothing that a terminal obeys', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.constantFrom('"', '\\', '\n', '\u009b31m', '\u2028', '\u202e', '\ud800'),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, nasty, (id, method, host, path) => {
        const lines: string[] = [];
        logTo(lines)(allow, { ...request, id, method, host, path }, 1);
        const [line = ''] = lines;
        assert.ok(line.length < 16_000);
        assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
        assert.ok(path.startsWith(JSON.parse(line).path.replace(/…$/, '')));
      }),
    );
  });
});

describe('which decisions are logged', () => {
  const CASES = [
    ['all', 'info', 2],
    ['denied', 'info', 1],
    ['none', 'info', 0],
    ['all', 'warn', 0],
    ['all', 'debug', 2],
  ] as const;
  for (const [which, level, count] of CASES)
    it(`log.decisions ${which} at level ${level}: ${count} of an allow and a denial`, () => {
      const lines: string[] = [];
      const log = logTo(lines, which, level);
      log(allow, request, 1);
      log(deny, request, 1);
      assert.equal(lines.length, count);
    });
});
