import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { status as Code, credentials } from '@grpc/grpc-js';
import { subjectNames } from '../../src/envoy/client-names.ts';
import { fixed } from '../../src/files/watch-files.ts';
import { type KeyPair, TestCa } from '../support/certificates.ts';
import { readFixture } from '../support/messages.ts';
import { check, codeOf, connectTo, healthOf, startServer } from '../support/test-server.ts';

const ca = new TestCa();
const otherCa = new TestCa();
after(() => ca.remove());
after(() => otherCa.remove());

const ALLOWED = ['envoy.example.com', 'spiffe://mesh/ns/edge/sa/envoy'];
const server = await startServer({
  listen: [
    {
      kind: 'tcp',
      host: '127.0.0.1',
      port: 0,
      tls: {
        material: fixed({ pair: ca.issue('DNS:localhost'), ca: ca.cert }),
        allowedClientNames: ALLOWED,
      },
    },
  ],
});
server.setServing(true);
after(() => server.close());

const plain = readFixture('plain').bytes;

function connectAs(pair?: KeyPair) {
  const client = connectTo(
    server.address,
    credentials.createSsl(ca.cert, pair?.key ?? null, pair?.cert ?? null),
  );
  after(() => client.close());
  return client;
}

for (const names of ['DNS:ENVOY.example.com', 'DNS:other.example.com,URI:spiffe://mesh/ns/edge/sa/envoy'])
  test(`a client with ${names} may ask`, async () => {
    const client = connectAs(ca.issue(names));
    assert.equal((await check(client, plain)).code, 0);
    assert.equal(await healthOf(client), 'SERVING');
  });

for (const names of [
  'DNS:evil.example.com',
  'DNS:*.example.com',
  'DNS:envoy.example.com.evil.com',
  'URI:spiffe://mesh/ns/edge/sa/envoy2',
  // Names inside a name, and of another kind.
  'URI:https://evil.example.com/DNS:envoy.example.com',
  'email:envoy.example.com',
])
  test(`a client with ${names} may ask for health and nothing else`, async () => {
    const client = connectAs(ca.issue(names));
    const before = server.refused;
    assert.equal((await codeOf(check(client, plain))).code, Code.PERMISSION_DENIED);
    assert.equal(server.refused, before + 1);
    const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const same = (bytes: Buffer) => bytes;
    const stream = client
      .makeBidiStreamRequest(reflection, same, same, {})
      .on('data', () => assert.fail('it was answered'));
    const status = await new Promise<{ code: number }>((resolve) =>
      stream.on('status', resolve).on('error', () => {}),
    );
    assert.equal(status.code, Code.PERMISSION_DENIED);
    assert.equal(await healthOf(client), 'SERVING');
  });

test('a client without a certificate, or with one of another CA, does not get in', async () => {
  for (const pair of [undefined, otherCa.issue('DNS:envoy.example.com')])
    assert.equal((await codeOf(check(connectAs(pair), plain))).code, Code.UNAVAILABLE);
});

test('without a CA, a list of names stops the start', async () => {
  const material = fixed({ pair: ca.issue('DNS:localhost'), ca: undefined });
  const tls = { material, allowedClientNames: ALLOWED };
  await assert.rejects(startServer({ listen: [{ kind: 'tcp', host: '127.0.0.1', port: 0, tls }] }), /the CA/);
});

test('TLS without a client CA takes any client', async (t) => {
  const tls = { material: fixed({ pair: ca.issue('DNS:localhost'), ca: undefined }) };
  const open = await startServer({ listen: [{ kind: 'tcp', host: '127.0.0.1', port: 0, tls }] });
  const client = connectTo(open.address, credentials.createSsl(ca.cert));
  t.after(() => client.close());
  t.after(() => open.close());
  assert.equal((await check(client, plain)).code, 0);
});

const SUBJECT_NAMES: readonly (readonly [string, readonly string[]])[] = [
  ['DNS:A.example.com, URI:spiffe://B/c', ['a.example.com', 'spiffe://B/c']],
  ['IP Address:127.0.0.1, DNS:a', ['a']],
  ['DirName:"CN=x, DNS:evil", DNS:a', ['a']],
  ['URI:"spiffe://a, DNS:evil"', []],
  ['DNS:"quo\\"ted, DNS:evil", DNS:a', ['a']],
  ['', []],
  ['DNS:"never closed, DNS:evil', []],
];
for (const [text, names] of SUBJECT_NAMES)
  test(`the names in ${JSON.stringify(text)} are ${JSON.stringify(names)}`, () =>
    assert.deepEqual(subjectNames(text), names));
