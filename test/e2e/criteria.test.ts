import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CallOptions, HeaderLine } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { applyResources, routeWithPolicy } from './apply-resources.ts';

const HOST = 'criteria.named.localhost';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Verdict {
  /** Whose credential is sent; nobody's where it is not said. */
  readonly as?: string;
  readonly method?: string;
  /** Below the route. */
  readonly path?: string;
  readonly headers?: readonly HeaderLine[];
  /** 200 where it is not said. */
  readonly status?: number;
  readonly reason?: string;
}

interface Row {
  readonly what: string;
  readonly ppl: unknown;
  readonly calls: readonly Verdict[];
}

const allow = (criterion: string, data: unknown) => ({ allow: { and: [{ [criterion]: data }] } });
const deny = (criterion: string, data: unknown) => [
  { allow: { and: [{ accept: true }] } },
  { deny: { and: [{ [criterion]: data }] } },
];
const refused = (reason: string) => ({ status: 403, reason });

const PREFLIGHT: HeaderLine[] = [
  ['Origin', 'https://app.example.com'],
  ['Access-Control-Request-Method', 'PUT'],
];

const ROWS: readonly Row[] = [
  { what: 'accept', ppl: allow('accept', true), calls: [{}, { as: 'robot' }] },
  { what: 'accept, to deny', ppl: deny('accept', true), calls: [{ as: 'robot', ...refused('accept') }] },
  { what: 'reject', ppl: allow('reject', true), calls: [{ as: 'robot', ...refused('reject') }] },
  { what: 'reject, to deny', ppl: deny('reject', true), calls: [{ as: 'robot' }] },
  {
    what: 'authenticated_user',
    ppl: allow('authenticated_user', true),
    calls: [{ as: 'robot' }, { as: 'dora' }, { status: 401, reason: 'user-unauthenticated' }],
  },
  {
    what: 'cors_preflight',
    ppl: allow('cors_preflight', true),
    calls: [
      { method: 'OPTIONS', headers: PREFLIGHT },
      { method: 'GET', headers: PREFLIGHT, ...refused('non-cors-request') },
      { method: 'OPTIONS', headers: PREFLIGHT.slice(0, 1), ...refused('non-cors-request') },
      { method: 'OPTIONS', headers: PREFLIGHT.slice(1), ...refused('non-cors-request') },
    ],
  },
  {
    what: 'user',
    ppl: allow('user', 'robot'),
    calls: [
      { as: 'robot' },
      { as: 'robot-2', ...refused('user-unauthorized') },
      { status: 401, reason: 'user-unauthenticated' },
    ],
  },
  {
    what: 'user, of an account that impersonates',
    ppl: allow('user', { in: ['dora'] }),
    calls: [{ as: 'dora' }, { as: 'erin', ...refused('user-unauthorized') }],
  },
  {
    what: 'email',
    ppl: allow('email', { is: 'dora@corp.example' }),
    calls: [
      { as: 'dora' },
      { as: 'erin', ...refused('email-unauthorized') },
      { as: 'robot', ...refused('email-unauthorized') },
    ],
  },
  {
    what: 'domain',
    ppl: allow('domain', 'corp.example'),
    calls: [
      { as: 'dora' },
      { as: 'erin', ...refused('domain-unauthorized') },
      { as: 'robot', ...refused('domain-unauthorized') },
    ],
  },
  {
    what: 'groups',
    ppl: allow('groups', { has: 'ops' }),
    calls: [
      { as: 'dora' },
      { as: 'erin', ...refused('groups-unauthorized') },
      { as: 'robot', ...refused('groups-unauthorized') },
    ],
  },
  {
    what: 'claim/department',
    ppl: allow('claim/department', 'engineering'),
    calls: [
      { as: 'dora' },
      { as: 'erin', ...refused('claim-unauthorized') },
      { as: 'robot', ...refused('claim-unauthorized') },
    ],
  },
  {
    what: 'http_method',
    ppl: allow('http_method', { in: ['GET', 'HEAD'] }),
    calls: [{}, { method: 'POST', ...refused('http-method-unauthorized') }],
  },
  {
    what: 'http_path',
    ppl: allow('http_path', { ends_with: '/yes' }),
    calls: [
      { path: '/yes' },
      { path: '/%79%65s' },
      { path: '/yes?no' },
      { path: '/no', ...refused('http-path-unauthorized') },
      { path: '/no?/yes', ...refused('http-path-unauthorized') },
    ],
  },
  {
    what: 'date, after',
    ppl: allow('date', { after: isoAt(-HOUR) }),
    calls: [{}],
  },
  {
    what: 'date, after a time to come',
    ppl: allow('date', { after: isoAt(HOUR) }),
    calls: [refused('date-unauthorized')],
  },
  {
    what: 'date, between',
    ppl: allow('date', { after: isoAt(-DAY), before: isoAt(DAY) }),
    calls: [{}],
  },
  {
    what: 'date, before a time gone by',
    ppl: allow('date', { before: isoAt(-HOUR) }),
    calls: [refused('date-unauthorized')],
  },
  // Neighbours of today count as well, for midnight may pass while this runs.
  { what: 'day_of_week, today', ppl: allow('day_of_week', daysFrom(-1, 3)), calls: [{}] },
  {
    what: 'day_of_week, other days',
    ppl: allow('day_of_week', daysFrom(2, 4)),
    calls: [refused('day-of-week-unauthorized')],
  },
  ...['UTC', 'Asia/Kathmandu', 'America/St_Johns'].flatMap((timezone): Row[] => [
    {
      what: `time_of_day, now in ${timezone}`,
      ppl: allow('time_of_day', {
        timezone,
        after: clockAt(-2 * HOUR, timezone),
        before: clockAt(2 * HOUR, timezone),
      }),
      calls: [{}],
    },
    {
      what: `time_of_day, later in ${timezone}`,
      ppl: allow('time_of_day', {
        timezone,
        after: clockAt(2 * HOUR, timezone),
        before: clockAt(-2 * HOUR, timezone),
      }),
      calls: [refused('time-of-day-unauthorized')],
    },
  ]),
];

const idOf = (row: Row) => `row-${ROWS.indexOf(row)}`;

let stack: Stack;
const tokens = new Map<string, string>();
before(async () => {
  stack = await startStack();
  await applyResources(
    stack.sidecar,
    { kind: 'DirectoryGroup', id: 'ops' },
    {
      kind: 'DirectoryUser',
      id: 'dora',
      email: 'dora@corp.example',
      groups: ['ops', 'staff'],
      claims: { department: ['engineering', 'support'] },
    },
    {
      kind: 'DirectoryUser',
      id: 'erin',
      email: 'erin@notcorp.example',
      groups: ['staff'],
      claims: { department: ['sales'] },
    },
    ...ROWS.flatMap((row) => routeWithPolicy(idOf(row), HOST, row.ppl)),
  );
  for (const user of ['robot', 'robot-2']) tokens.set(user, (await stack.createAccount(user, 'team-a')).jwt);
  for (const user of ['dora', 'erin'])
    tokens.set(user, (await stack.createAccount(user, 'team-a', ['--impersonate'])).jwt);
});
after(() => stack.stop());

for (const row of ROWS) {
  test(`${row.what}: admits and refuses as it says`, async () => {
    for (const { as, method = 'GET', path = '', headers = [], status = 200, reason } of row.calls) {
      const jwt = as === undefined ? undefined : tokens.get(as);
      const request: CallOptions = {
        host: HOST,
        method,
        path: `/${idOf(row)}${path}`,
        headers: [...headers, ...(jwt === undefined ? [] : [['X-Pomerium-Authorization', jwt] as const])],
      };
      stack.upstream.takeBytes();
      const answer = await stack.call(request);
      const what = `${as ?? 'nobody'}, ${method} ${path}: ${answer.body}`;
      assert.equal(answer.status, status, what);
      assert.equal(stack.upstream.takeBytes().length > 0, status === 200, what);
      if (reason !== undefined) assert.equal(JSON.parse(answer.body).reason, reason, what);
    }
  });
}

function isoAt(offset: number): string {
  return new Date(Date.now() + offset).toISOString();
}

/** So many days by UTC, beginning so many days from today. */
function daysFrom(first: number, count: number): string {
  const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const today = new Date().getUTCDay();
  return Array.from({ length: count }, (_, index) => names[(today + first + index + 7) % 7]).join(',');
}

function clockAt(offset: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return format.format(new Date(Date.now() + offset));
}
