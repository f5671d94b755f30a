// Whatever a server answers: an error that says what to do, no crash, no escape sequence, and no credential in it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { TransportError } from '../../src/client/connection-error.ts';
import { HttpClient } from '../../src/client/http-client.ts';
import { parseServerUrl } from '../../src/client/server-url.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import { inFolder, type Outcome } from '../support/command-line.ts';
import { json, listening, portOf, withServer } from './answering-server.ts';
import { DECISIONS, FILES, ROWS, SEED } from './server-verb-rows.ts';

const TOKEN = 'c2VjcmV0.c2VjcmV0.c2VjcmV0';
/** What a terminal would obey. */
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

function assertHarmless({ stdout, stderr }: Outcome): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, OBEYED);
    assert.ok(!text.includes(TOKEN) && !text.includes('c2VjcmV0'), 'a credential is told');
    assert.doesNotMatch(text, /\n {4}at |TypeError|undefined/);
  }
}

async function ask(answer: RequestListener, args: readonly string[], use: (outcome: Outcome) => void) {
  await withServer(answer, ({ url }) =>
    inFolder(async (line) => {
      for (const [name, text] of Object.entries(FILES)) writeFileSync(join(line.folder, name), text);
      writeFileSync(join(line.folder, 'decisions.jsonl'), DECISIONS.join('\n'));
      const outcome = await line.run([...args, '--server', url], {
        env: { SALLYPORT_TOKEN: TOKEN },
        input: SEED,
      });
      assertHarmless(outcome);
      use(outcome);
    }),
  );
}

const problem = (status: number, detail?: string, headers?: Record<string, string>) =>
  json(
    { type: 'about:blank', title: 'x', status, code: 'x', ...(detail !== undefined && { detail }) },
    status,
    headers,
  );
const raw =
  (status: number, type: string, body: string): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': type }).end(body);

const REFUSALS: [name: string, answer: RequestListener, code: number, message: RegExp][] = [
  ['401', problem(401, 'it was revoked'), 1, /rejects the credential: it was revoked; .* sallyport login/],
  ['403', problem(403, 'this needs the role admin'), 1, /this needs the role admin; sallyport whoami says/],
  ['404 of no admin API', raw(404, 'text/html', '<h1>no</h1>'), 1, /is it an admin API/],
  ['409', problem(409, 'others changed the store'), 3, /others changed the store/],
  ['412', problem(412, 'it was changed'), 3, /has changed since: it was changed; read it again/],
  ['428', problem(428), 3, /read it again and retry/],
  ['413', problem(413), 1, /too large for http/],
  ['422', problem(422, 'no\n\x1b[2Jway'), 1, /no\n\\x1b\[2Jway/],
  ['429', problem(429, 'too many', { 'retry-after': '17' }), 4, /too many; retry after 17 s/],
  ['429 with nonsense', problem(429, 'too many', { 'retry-after': 'a while' }), 4, /retry later/],
  ['500', problem(500), 4, /fails with 500; its log says why/],
  ['500 in HTML', raw(500, 'text/html', '<h1>\x1b]0;x\x07</h1>'), 4, /fails with 500/],
  ['503', problem(503, 'the store is unavailable'), 4, /is unavailable: the store/],
  ['a teapot', problem(418, '\x9b2J'), 4, /answers 418: \\x9b2J: is it an admin API/],
  ['HTML', raw(200, 'text/html', '{}'), 4, /answers GET \/whoami with .*not JSON/],
  ['no JSON', raw(200, 'application/json', '{"account":'), 4, /not JSON/],
  ['nothing', raw(200, 'application/json', ''), 4, /not JSON/],
  ['something else', json({ account: 7 }), 4, /at "account"/],
  ['more than there is', json({ '\x1b[2J': 1, roles: [{ '\x9b': 1 }] }), 4, /with an unexpected value/],
  ['null', json(null), 4, /an unexpected value/],
  [
    'half of what it says',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"account"', () => response.destroy());
    },
    4,
    /did not answer: it closed the connection/,
  ],
  ['nothing at all', (request) => void request.socket.destroy(), 4, /it closed the connection/],
];

describe('whoami of a server that answers with', () => {
  for (const [name, answer, code, message] of REFUSALS)
    for (const format of ['table', 'json'] as const)
      test(`${name}, -o ${format}`, () =>
        ask(answer, ['whoami', '-o', format], (outcome) => {
          assert.equal(outcome.code, code, outcome.stderr);
          assert.equal(outcome.stdout, '');
          const said = format === 'json' ? JSON.parse(outcome.stderr).error.message : outcome.stderr;
          assert.match(said.replaceAll('\\\\x', '\\x'), message);
        }));
});

test('a redirect is not followed, and the credential goes nowhere else', () =>
  withServer(json({}), (elsewhere) =>
    ask(
      (_request, response) =>
        void response.writeHead(307, { location: `${elsewhere.url}/api/v1/whoami` }).end(),
      ['whoami'],
      (outcome) => {
        assert.equal(outcome.code, 4);
        assert.match(outcome.stderr, /a redirect, which is not followed/);
        assert.deepEqual(elsewhere.shown, []);
      },
    ),
  ));

describe('every verb of a server that answers everything with', () => {
  const answers: [name: string, answer: RequestListener][] = [
    ['{}', json({})],
    ['null', json(null)],
    ['HTML', raw(200, 'text/html', 'x')],
    ['empty lists', json({ items: [], next: null, resources: [], changes: [], revision: 1, dry_run: false })],
    ['201', json({}, 201)],
    ['404', problem(404)],
  ];
  const rows = ROWS.filter(({ code = 0 }) => code === 0);
  const verbs = new Map([...rows].reverse().map((row) => [row.args.slice(0, 2).join(' '), row.args]));
  for (const [name, answer] of answers)
    test(name, async () => {
      for (const args of verbs.values())
        await ask(
          answer,
          args.map((arg) => arg.replaceAll('{o}', 'table')),
          ({ code, stderr }) =>
            assert.ok(
              code === 1 || code === 4 || (code === 0 && name === 'empty lists'),
              `${args.join(' ')} ends with ${code}: ${stderr}`,
            ),
        );
    });
});

describe('escape sequences are shown as what they are', () => {
  const evil = '\x1b]0;owned\x07\x9b2J\u202e';
  const account = {
    id: evil,
    user_id: evil,
    namespace: evil,
    impersonate: false,
    description: evil,
    status: 'active',
    disabled: false,
    pomerium: false,
    created_at: evil,
    expires_at: null,
    credentials_expire_at: null,
    last_used_at: evil,
  };
  const cases: [args: string[], answer: RequestListener][] = [
    [['sa', 'list'], json({ items: [account], next: null })],
    [['sa', 'show', 'x'], json({ ...account, credentials: [] })],
    [
      ['sa', 'create', '--user-id', 'x', '--namespace', 'x'],
      json(
        { id: evil, credential_id: evil, user_id: evil, namespace: evil, expires_at: evil, jwt: evil },
        201,
      ),
    ],
    [['sa', 'revoke', 'x'], json({ revoked: [evil] })],
    [
      ['whoami'],
      json({
        account: evil,
        user_id: evil,
        credential: evil,
        namespace: evil,
        expires_at: evil,
        session: null,
        roles: [{ namespace: evil, role: 'admin' }],
      }),
    ],
    [
      ['delete', 'route', 'x'],
      (request, response) => {
        const deletes = request.method === 'POST';
        json(
          deletes
            ? { revision: 1, dry_run: false, changes: [{ action: 'delete', kind: 'Route', id: evil }] }
            : { id: 'x', namespace: 'global' },
        )(request, response);
      },
    ],
    [
      ['decisions', 'tail'],
      json({ items: [{ ...JSON.parse(DECISIONS[0] ?? ''), method: evil }], next: null, last: null }),
    ],
  ];
  for (const [args, answer] of cases)
    for (const format of ['table', 'json'])
      test(`${args.join(' ')} -o ${format}`, () =>
        ask(answer, [...args, '-o', format], ({ code, stdout, stderr }) => {
          assert.equal(code, 0, stderr);
          assert.ok(stdout.includes('owned') && !(format === 'json' && stdout.includes('\u202e')));
        }));
});

test('a list that goes round in a circle ends', () =>
  ask(json({ items: [], next: 'again' }), ['sa', 'list'], ({ code, stderr }) => {
    assert.equal(code, 4);
    assert.match(stderr, /repeats a page/);
  }));

describe('a server may not take for ever, nor send without end', () => {
  const connectionTo = (url: string) => {
    const server = parseServerUrl(url);
    assert.ok(server);
    return { server, ca: undefined, token: TOKEN };
  };
  const refusal = async (url: string, limits: { connectMs: number; totalMs: number; bytes: number }) => {
    const client = new HttpClient(connectionTo(url), limits);
    const error: unknown = await client
      .call(OPERATIONS.serviceAccounts.disable, { params: { id: 'x' } })
      .catch((thrown: unknown) => thrown);
    await client.close();
    assert.ok(error instanceof TransportError, String(error));
    assert.ok(!error.message.includes(TOKEN));
    return error;
  };
  const patient = { connectMs: 60_000, totalMs: 60_000, bytes: 1 << 20 };

  test('an answer that does not come', () =>
    withServer(
      () => {},
      async ({ url }) => {
        const { code, message } = await refusal(url, { ...patient, totalMs: 100 });
        assert.equal(code, 'unavailable');
        assert.match(message, /did not answer within 0.1 s; it is unknown whether/);
      },
    ));

  test('an answer that comes byte by byte', () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 10);
        response.once('close', () => clearInterval(drip));
      },
      async ({ url }) => {
        assert.match(
          (await refusal(url, { ...patient, totalMs: 200 })).message,
          /did not answer within 0.2 s/,
        );
      },
    ));

  test('an answer without end', () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = () => {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      async ({ url }) => {
        const { code, message } = await refusal(url, patient);
        assert.equal(code, 'unexpected-response');
        assert.match(message, /larger than 1048576 bytes/);
      },
    ));

  test('a TLS handshake that does not come, and what is no HTTP', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket));
    const talking = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.9\r\n');
    });
    await Promise.all([listening(silent), listening(talking)]);
    try {
      const waited = await refusal(`https://127.0.0.1:${portOf(silent)}`, { ...patient, connectMs: 100 });
      assert.match(waited.message, /takes no connection within 0.1 s/);
      assert.doesNotMatch(waited.message, /is not known/);
      const other = await refusal(`http://127.0.0.1:${portOf(talking)}`, patient);
      assert.match(other.message, /does not answer in HTTP \(HPE_\w+\)/);
    } finally {
      for (const socket of sockets) socket.destroy();
      for (const server of [silent, talking]) await new Promise((done) => server.close(done));
    }
  });
});
