import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type KeyPair, TestCa } from '../support/certificates.ts';
import type { Envoy } from '../support/envoy.ts';
import type { YamlValue } from '../support/fill-envoy-config.ts';
import { call, type HeaderLine, type HttpAnswer } from '../support/http-client.ts';
import type { Sidecar } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { applyResources, routeWithPolicy } from './apply-resources.ts';
import { askSidecarsAt, listenerNamed, startSidecarBeside } from './sidecar-beside.ts';

const HOST = 'certificates.named.localhost';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-client-ca-'));
const trusted = new TestCa();
// Of the same name, so that nothing but its signature tells it from the other.
const foreign = new TestCa();
const CLIENT_NAMES = 'DNS:client.example.com,URI:spiffe://mesh/client,email:client@example.com';
const CLIENTS = {
  trusted: trusted.issue(CLIENT_NAMES),
  other: trusted.issue('DNS:other.example.com,URI:spiffe://mesh/other,email:other@example.com'),
  expired: trusted.issue(CLIENT_NAMES, -1),
  untrusted: foreign.issue(CLIENT_NAMES),
  none: undefined,
} as const satisfies Record<string, KeyPair | undefined>;
type Client = keyof typeof CLIENTS;

const REQUIRED = { status: 495, reason: 'client-certificate-required' };
const INVALID = { status: 495, reason: 'invalid-client-certificate' };
const UNFIT = { status: 403, reason: 'client-certificate-unauthorized' };
const GOOD = { status: 200, reason: undefined };

const certificate = new X509Certificate(CLIENTS.trusted.cert);
const spki = createHash('sha256')
  .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64');

/** Each fits the client `trusted` and not `other`. */
const CONDITIONS: Readonly<Record<string, unknown>> = {
  fingerprint: { fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase() },
  'fingerprint-with-colons': { fingerprint: [certificate.fingerprint256] },
  'spki-hash': { spki_hash: spki },
  'san-email': { san_email: 'client@example.com' },
  'san-dns': { san_dns: { ends_with: 'client.example.com' } },
  'san-uri': { san_uri: { starts_with: 'spiffe://mesh/client' } },
  'all-at-once': { fingerprint: certificate.fingerprint256, san_dns: 'client.example.com' },
};

let stack: Stack;
let byPolicy: Sidecar;
let withoutCa: Sidecar;
let envoy: Envoy;
let envoyByPolicy: Envoy;
let envoyWithoutCa: Envoy;
let jwt: string;
before(async () => {
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, trusted.cert);
  stack = await startStack({ client_ca: ca });
  await applyResources(
    stack.sidecar,
    ...Object.entries(CONDITIONS).flatMap(([id, condition]) =>
      routeWithPolicy(id, HOST, { allow: { and: [{ client_certificate: condition }] } }),
    ),
    ...routeWithPolicy('public', HOST, { allow: { and: [{ accept: true }] } }),
    ...routeWithPolicy('invalid-is-denied', HOST, [
      { allow: { and: [{ accept: true }] } },
      { deny: { or: [{ invalid_client_certificate: true }] } },
    ]),
    ...routeWithPolicy('valid-is-allowed', HOST, {
      allow: { not: [{ invalid_client_certificate: true }] },
    }),
    ...routeWithPolicy('robots-only', HOST, { allow: { and: [{ user: 'robot' }] } }),
  );
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
  byPolicy = await startSidecarBeside(stack, 'by-policy', {
    client_ca: ca,
    client_certificates: 'by-policy',
  });
  withoutCa = await startSidecarBeside(stack, 'without-ca', {});
  const envoyTo = (name: string, { grpcPort }: Sidecar) =>
    stack.addEnvoy(name, (config) => {
      askForCertificates(config, ca);
      askSidecarsAt(config, grpcPort);
    });
  envoy = await envoyTo('mtls', stack.sidecar);
  envoyByPolicy = await envoyTo('mtls-by-policy', byPolicy);
  envoyWithoutCa = await envoyTo('mtls-without-ca', withoutCa);
});
after(async () => {
  trusted.remove();
  foreign.remove();
  rmSync(folder, { recursive: true, force: true });
  await byPolicy.child().stop();
  await withoutCa.child().stop();
  await stack.stop();
});

/** Envoy asks for a certificate, and lets through whoever has none or another one: that is for Sallyport to judge. */
function askForCertificates(config: YamlValue, ca: string): void {
  const tls = listenerNamed(config, 'https').filter_chains?.[0]?.transport_socket?.typed_config;
  Object.assign(tls?.common_tls_context ?? {}, {
    validation_context: { trusted_ca: { filename: ca }, trust_chain_verification: 'ACCEPT_UNTRUSTED' },
  });
}

interface Ask {
  readonly path: string;
  readonly through?: Envoy;
  readonly grpc?: true;
  readonly headers?: readonly HeaderLine[];
}

async function ask(client: Client, { path, through = envoy, grpc, headers = [] }: Ask): Promise<HttpAnswer> {
  const pair = CLIENTS[client];
  const tls = { servername: 'verify.localhost', ...pair };
  return await call(through.ports.https, {
    host: HOST,
    path,
    tls,
    headers: grpc ? [...headers, ['content-type', 'application/grpc'], ['te', 'trailers']] : headers,
    ...(grpc && { version: 'h2', method: 'POST' }),
  });
}

async function assertAnswers(
  rows: readonly (readonly [Client, { status: number; reason: string | undefined }])[],
  request: Ask,
): Promise<void> {
  for (const [client, { status, reason }] of rows) {
    const answer = await ask(client, request);
    const what = `${client}, ${request.path}: ${answer.body}`;
    assert.equal(answer.status, status, what);
    if (reason !== undefined) assert.equal(JSON.parse(answer.body).reason, reason, what);
  }
}

for (const id of Object.keys(CONDITIONS)) {
  test(`client_certificate, ${id}: fits one client and not another`, async () => {
    await assertAnswers(
      [
        ['trusted', GOOD],
        ['other', UNFIT],
        ['untrusted', INVALID],
        ['expired', INVALID],
        ['none', REQUIRED],
      ],
      { path: `/${id}` },
    );
  });
}

test('with a CA configured, who has no valid certificate is refused before every policy', async () => {
  for (const path of ['/public', '/invalid-is-denied', '/valid-is-allowed'])
    await assertAnswers(
      [
        ['trusted', GOOD],
        ['other', GOOD],
        ['untrusted', INVALID],
        ['expired', INVALID],
        ['none', REQUIRED],
      ],
      { path },
    );
});

test('a bad certificate goes before a missing, a bad and a good credential', async () => {
  const headers: HeaderLine[] = [['X-Pomerium-Authorization', jwt]];
  await assertAnswers([['trusted', GOOD]], { path: '/robots-only', headers });
  await assertAnswers([['trusted', { status: 401, reason: 'user-unauthenticated' }]], {
    path: '/robots-only',
  });
  for (const sent of [headers, [], [['X-Pomerium-Authorization', 'bad'] as const]])
    await assertAnswers(
      [
        ['untrusted', INVALID],
        ['none', REQUIRED],
      ],
      { path: '/robots-only', headers: sent },
    );
});

test('gRPC callers read of it in status and message', async () => {
  assert.equal((await ask('trusted', { path: '/public', grpc: true })).headers.get('grpc-status'), undefined);
  for (const [client, { reason }] of [
    ['untrusted', INVALID],
    ['none', REQUIRED],
  ] as const) {
    const answer = await ask(client, { path: '/public', grpc: true });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('grpc-status'), '2', client);
    const message = decodeURIComponent(answer.headers.get('grpc-message') ?? '');
    assert.ok(message.startsWith(reason), message);
    assert.equal(answer.body, '');
  }
});

test('a listener that asks for no certificate, and one without TLS, bring none', async () => {
  for (const answer of [
    await call(stack.envoy.ports.http, { host: HOST, path: '/public' }),
    await call(stack.envoy.ports.https, { host: HOST, path: '/public', tls: { ...CLIENTS.trusted } }),
  ]) {
    assert.equal(answer.status, 495, answer.body);
    assert.equal(JSON.parse(answer.body).reason, 'client-certificate-required');
  }
});

test('what a client says of its certificate in headers does not count', async () => {
  const pem = encodeURIComponent(CLIENTS.trusted.cert.toString());
  const headers: HeaderLine[] = [
    ['X-Forwarded-Client-Cert', `Hash=${certificate.fingerprint256.replaceAll(':', '')};Cert="${pem}"`],
    ['X-Client-Certificate', pem],
    ['Client-Cert', `:${certificate.raw.toString('base64')}:`],
  ];
  await assertAnswers(
    [
      ['none', REQUIRED],
      ['untrusted', INVALID],
    ],
    { path: '/fingerprint', headers },
  );
});

test('by-policy: only where a policy says so', async () => {
  const through = envoyByPolicy;
  const everybody = ['trusted', 'other', 'untrusted', 'expired', 'none'] as const;
  await assertAnswers(
    everybody.map((client) => [client, GOOD] as const),
    { path: '/public', through },
  );
  await assertAnswers(
    [
      ['trusted', GOOD],
      ['untrusted', INVALID],
      ['expired', INVALID],
      ['none', REQUIRED],
    ],
    { path: '/invalid-is-denied', through },
  );
  await assertAnswers(
    [
      ['trusted', GOOD],
      ['untrusted', INVALID],
      ['none', REQUIRED],
    ],
    { path: '/valid-is-allowed', through },
  );
  await assertAnswers(
    [
      ['trusted', GOOD],
      ['other', UNFIT],
      ['none', UNFIT],
    ],
    { path: '/san-dns', through },
  );
});

test('without a CA a policy on certificates does not load: its routes fail, others do not', async () => {
  for (const client of ['trusted', 'none'] as const) {
    assert.equal((await ask(client, { path: '/san-dns', through: envoyWithoutCa })).status, 503);
    assert.equal((await ask(client, { path: '/invalid-is-denied', through: envoyWithoutCa })).status, 503);
    assert.equal((await ask(client, { path: '/public', through: envoyWithoutCa })).status, 200);
  }
  assert.match(withoutCa.child().output(), /policy san-dns uses client certificates/);
});
