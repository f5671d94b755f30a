// What becomes of bodies: who sends them is asked first, lengths before any byte is kept, and none is kept for longer than
// it takes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

let world: AdminWorld;
let port: number;
let root: string;
let viewer: string;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
  root = await world.signIn('root');
  viewer = await world.signIn('viewer');
  port = Number(new URL(await world.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
after(async () => {
  await world.close();
  assert.deepEqual(world.faults, []);
});

const MIB = 1024 * 1024;

interface Post {
  readonly path: string;
  readonly jwt?: string | undefined;
  readonly length?: number | undefined;
  readonly type?: string;
  readonly headers?: readonly string[];
}

/** The head of a request; without a length the body comes in chunks. */
function head({ path, jwt, length, type = 'application/json', headers = [] }: Post): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `Content-Type: ${type}`,
    length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
    ...(jwt === undefined ? [] : [`Authorization: Bearer ${jwt}`]),
    ...headers,
    '\r\n',
  ].join('\r\n');
}

async function open(post: Post): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(head(post));
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  const [data] = await once(socket, 'data');
  return String(data);
}

/** Sends chunks for as long as the server takes them. */
function sendForever(socket: Socket): void {
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  write();
}

describe('without a credential', () => {
  for (const [path, type] of [
    ['/api/v1/resources:apply', 'application/json'],
    ['/api/v1/policies:lint', 'application/json'],
    ['/scim/v2/Groups', 'application/scim+json'],
  ] as const) {
    test(`the answer is there before any of the body, at ${path}`, async () => {
      const socket = await open({ path, type, length: 8 * MIB });
      assert.match(await answerOf(socket), /^HTTP\/1\.1 401 /);
      socket.destroy();
    });

    test(`a client that goes on sending has its answer, and is cut off, at ${path}`, async () => {
      const socket = await open({ path, type });
      const ended = new Promise((resolve) => socket.once('close', resolve));
      sendForever(socket);
      assert.match(await answerOf(socket), /^HTTP\/1\.1 401 /);
      await ended;
      // What the kernel holds for both, and what is thrown away; not all that it would have sent.
      assert.ok(socket.bytesWritten < 64 * MIB, `${socket.bytesWritten} bytes`);
    });
  }

  test('a path that is not there takes no body either', async () => {
    for (const path of ['/api/v1/nothing', '/scim/v2/nothing', '/nothing']) {
      const socket = await open({ path, length: 8 * MIB });
      assert.match(await answerOf(socket), /^HTTP\/1\.1 404 /, path);
      socket.destroy();
    }
  });

  test('a short body leaves the connection usable', async () => {
    const socket = await open({ path: '/api/v1/resources:apply', length: 2 });
    assert.match(await answerOf(socket), /^HTTP\/1\.1 401 /);
    socket.write('{}');
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(await text(socket), /HTTP\/1\.1 200 /);
  });

  test('a client that waits to be told so is never asked for the body', async () => {
    const socket = await open({
      path: '/api/v1/resources:apply',
      length: 8 * MIB,
      headers: ['Expect: 100-continue'],
    });
    assert.match(await answerOf(socket), /^HTTP\/1\.1 401 /);
    socket.destroy();
  });
});

test('who has not the role is told before the body is sent', async () => {
  const socket = await open({ path: '/api/v1/resources:apply', jwt: viewer, length: 8 * MIB });
  assert.match(await answerOf(socket), /^HTTP\/1\.1 403 /);
  socket.destroy();
});

test('a client that waits to be told so is asked for the body once it is admitted', async () => {
  const body = JSON.stringify({ resources: [] });
  const socket = await open({
    path: '/api/v1/resources:apply?dry_run=true',
    jwt: root,
    length: body.length,
    headers: ['Expect: 100-continue', 'Connection: close'],
  });
  assert.match(await answerOf(socket), /^HTTP\/1\.1 100 /);
  socket.write(body);
  assert.match(await text(socket), /HTTP\/1\.1 200 /);
});

test('a credential that is revoked while its body arrives is no good any more', async () => {
  const revoked = await world.signIn('manager');
  const body = JSON.stringify({ url: 'https://a.example.com/' });
  const socket = await open({
    path: '/api/v1/decisions:explain',
    jwt: revoked,
    length: body.length,
    headers: ['Expect: 100-continue', 'Connection: close'],
  });
  assert.match(await answerOf(socket), /^HTTP\/1\.1 100 /);
  const revoking = await world.call('POST', '/service-accounts/manager/revoke', { jwt: root });
  assert.equal(revoking.statusCode, 200);
  socket.write(body);
  assert.match(await text(socket), /HTTP\/1\.1 401 /);
});

test('a length beyond the limit of the operation is refused before the body is sent', async () => {
  for (const [path, length] of [
    ['/api/v1/resources:apply', 8 * MIB + 1],
    ['/api/v1/service-accounts', 64 * 1024 + 1],
    ['/scim/v2/Users', 256 * 1024 + 1],
  ] as const) {
    const socket = await open({ path, jwt: root, length });
    assert.match(await answerOf(socket), /^HTTP\/1\.1 413 /, path);
    socket.destroy();
  }
});

describe('bodies in flight', () => {
  const apply = { path: '/api/v1/resources:apply?dry_run=true', length: 8 * MIB } as const;
  /** What a body of `length` bytes that is admitted now is told; undefined if it may go on. */
  const asked = async (jwt: string, length: number) => {
    const socket = await open({ ...apply, jwt, length, headers: ['Expect: 100-continue'] });
    const answer = await answerOf(socket);
    socket.destroy();
    await once(socket, 'close');
    return answer.startsWith('HTTP/1.1 100 ') ? undefined : answer;
  };

  test('share a budget, which comes back when their clients go', async () => {
    const manager = await world.signIn('manager');
    const admin = await world.signIn('admin');
    const sockets: Socket[] = [];
    const hold = async (jwt: string, length: number | undefined) => {
      const socket = await open({ ...apply, jwt, length, headers: ['Expect: 100-continue'] });
      sockets.push(socket);
      assert.match(await answerOf(socket), /^HTTP\/1\.1 100 /);
    };
    for (let count = 0; count < 3; count++) await hold(root, 8 * MIB);
    // In chunks: as many bytes as there may be.
    await hold(root, undefined);
    const refused = await asked(root, 8 * MIB);
    assert.match(String(refused), /^HTTP\/1\.1 429 [\s\S]*retry-after: \d/i, 'one account has its share');
    for (let count = 0; count < 3; count++) await hold(manager, 8 * MIB);
    assert.match(String(await asked(admin, 8 * MIB)), /^HTTP\/1\.1 429 /, 'all of them have theirs');
    assert.equal(await asked(admin, 60_000), undefined, 'a small one goes by');
    for (const socket of sockets) {
      socket.destroy();
      await once(socket, 'close');
    }
    while ((await asked(admin, 8 * MIB)) !== undefined);
    for (let count = 0; count < 3; count++) await hold(manager, 8 * MIB);
    for (const socket of sockets) socket.destroy();
  });

  test('give their share back after each answer', async () => {
    for (let count = 0; count < 20; count++) {
      for (const payload of ['{', '{"resources":[]}', '{"resources":1}', '[]'.repeat(100)]) {
        const { statusCode } = await world.app.inject({
          method: 'POST',
          url: apply.path,
          headers: { authorization: `Bearer ${root}`, 'content-type': 'application/json' },
          payload: payload.padEnd(2 * MIB),
        });
        assert.notEqual(statusCode, 429);
      }
    }
  });
});

describe('mistakes', () => {
  const send = (path: string, body: string) =>
    world.app.inject({
      method: 'POST',
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${root}`, 'content-type': 'application/json' },
      payload: body,
    });

  for (const [what, path, body] of [
    ['items that are none', '/resources:apply', `{"resources":[${'0,'.repeat(19_000)}0]}`],
    ['resources that are none', '/resources:apply', `{"resources":[${'{},'.repeat(19_000)}{}]}`],
    ['names without a kind', '/resources:delete', `{"resources":[${'{},'.repeat(19_000)}{}]}`],
    ['entries that are none', '/directory:import', `{"entries":[${'{},'.repeat(19_000)}{}]}`],
    [
      'claims that are none',
      '/directory:import',
      `{"entries":[{"kind":"DirectoryUser","id":"u","claims":{"c":[${'{},'.repeat(19_000)}{}]}}]}`,
    ],
    ['ids that are none', '/service-accounts:revoke', `{"ids":[${'0,'.repeat(9000)}0]}`],
    [
      'fields that are not known',
      '/policies:lint',
      JSON.stringify(Object.fromEntries(Array.from({ length: 19_000 }, (_, index) => [`field-${index}`, 1]))),
    ],
  ] as const)
    test(`by the thousand are answered with the first of them: ${what}`, async () => {
      const answer = await send(path, body);
      assert.ok(answer.statusCode === 400 || answer.statusCode === 422, answer.body.slice(0, 300));
      assert.ok(answer.body.length < 64 * 1024, `${answer.body.length} bytes`);
      const { errors, detail } = answer.json();
      assert.ok(errors.length > 0 && errors.length <= 100);
      if (errors.length === 100) assert.match(detail, /more issues/);
    });

  test('a number that no double holds is refused', async () => {
    const answer = await send('/policies:test', '{"cases":[{"ppl":[1e999],"expect":"deny"}]}');
    assert.equal(answer.statusCode, 400);
    assert.match(answer.body, /double/);
  });
});
