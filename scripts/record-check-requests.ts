/**
 * Records the CheckRequests that a real Envoy sends, for test/fixtures/check-requests: one `.bin` (the message as it was
 * on the wire) and one `.json` (what the client sent) a case.
 *
 *   node --import tsx scripts/record-check-requests.ts [ENVOY] [FOLDER]
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Server, ServerCredentials } from '@grpc/grpc-js';

interface Case {
  readonly name: string;
  readonly about: string;
  /** Settings of the ext_authz filter beside those that every case has. */
  readonly filter?: object;
  /** Parts of the virtual host and of its one route. */
  readonly virtualHost?: object;
  readonly route?: object;
  readonly tls?: boolean;
  readonly address?: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Header lines after Host, as latin1 text. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly contextExtensions?: Record<string, string>;
  readonly routeMetadata?: object;
}

const perRoute = (extensions: Record<string, string>) => ({
  typed_per_filter_config: {
    ext_authz: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
      check_settings: { context_extensions: extensions },
    },
  },
});
const ordinary = [
  ['User-Agent', 'curl/8.5.0'],
  ['Accept', 'application/json'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['X-Pomerium-Authorization', 'aaa.bbb.ccc'],
  ['Traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ['Cookie', 'session=0123456789abcdef; theme=dark'],
] as const;
const repeated = [
  ['X-Twice', 'one'],
  ['x-twice', 'two'],
  ['X-Comma', 'a, b'],
  ['X-Latin', 'caf\xe9'],
  ['X-Bytes', '\xff\xfe\x80z'],
  ['X-Empty', ''],
  ['Authorization', 'Bearer upstream'],
  ['Authorization', 'Pomerium aaa.bbb.ccc'],
  ['x_pomerium_claim_email', 'forged@example.com'],
] as const;
const metadata = { namespace: 'team-a', policies: ['p-1', 'p-2'] };

const CASES: readonly Case[] = [
  {
    name: 'plain',
    about: 'an ordinary GET with a credential',
    path: '/api/v1/things?limit=10',
    headers: ordinary,
  },
  {
    name: 'raw-headers',
    about: 'the same with `encode_raw_headers: true`',
    filter: { encode_raw_headers: true },
    path: '/api/v1/things?limit=10',
    headers: ordinary,
  },
  {
    name: 'repeated-headers',
    about: 'repeated, empty and non-UTF-8 headers, joined by Envoy',
    headers: repeated,
  },
  {
    name: 'repeated-raw-headers',
    about: 'repeated, empty and non-UTF-8 headers with `encode_raw_headers: true`',
    filter: { encode_raw_headers: true },
    headers: repeated,
  },
  {
    name: 'body',
    about: 'a POST with `with_request_body`',
    filter: { with_request_body: { max_request_bytes: 8192, allow_partial_message: true } },
    method: 'POST',
    headers: [['Content-Type', 'application/json']],
    body: '{"hello":"world"}',
  },
  {
    name: 'body-raw',
    about: 'a POST with `with_request_body: { pack_as_bytes: true }`',
    filter: {
      with_request_body: { max_request_bytes: 8192, allow_partial_message: true, pack_as_bytes: true },
    },
    method: 'POST',
    body: '\x00\xff\x80binary',
  },
  {
    name: 'peer-certificate',
    about: 'over mTLS with `include_peer_certificate: true`',
    filter: { include_peer_certificate: true },
    tls: true,
  },
  {
    name: 'context-extensions',
    about: '`context_extensions` on the virtual host and on the route, one key on both',
    virtualHost: perRoute({ 'sallyport.namespace': 'team-a', where: 'virtual host' }),
    route: perRoute({ 'sallyport.route_id': 'r-1', where: 'route' }),
    contextExtensions: { 'sallyport.namespace': 'team-a', 'sallyport.route_id': 'r-1', where: 'route' },
  },
  {
    name: 'route-metadata',
    about: '`route_metadata_context_namespaces: [sallyport]`',
    filter: { route_metadata_context_namespaces: ['sallyport'] },
    route: { metadata: { filter_metadata: { sallyport: metadata, other: { namespace: 'not-ours' } } } },
    routeMetadata: metadata,
  },
  { name: 'ipv6', about: 'a client on ::1', address: '::1' },
  {
    name: 'odd-host',
    about: 'a host in upper case with a trailing dot and a port, and an encoded path',
    host: 'API.Example.COM.:8443',
    path: '/a%2Fb/%7Euser/../x?q=%20&token=secret',
  },
];

const [envoy = '/tmp/prep/venv/bin/envoy', folder = 'test/fixtures/check-requests'] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'record-'));

function makeCertificate(): void {
  const make = (...args: string[]) => execFileSync('openssl', args, { cwd: work, stdio: 'ignore' });
  make(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '3650',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-subj',
    '/CN=fixture',
    '-addext',
    'subjectAltName=DNS:client.example.com',
  );
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function startRecorder(): Promise<{ port: number; next(): Promise<Buffer>; stop(): void }> {
  let deliver: (bytes: Buffer) => void = () => {};
  const server = new Server();
  const identity = (bytes: Buffer) => bytes;
  const definition = {
    path: '/envoy.service.auth.v3.Authorization/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  } as const;
  server.addService(
    { check: definition },
    {
      check: (call: { request: Buffer }, callback: (error: null, value: Buffer) => void) => {
        deliver(call.request);
        callback(null, Buffer.from([0x0a, 0x00]));
      },
    },
  );
  const next = () =>
    new Promise<Buffer>((resolve) => {
      deliver = resolve;
    });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve({ port, next, stop: () => server.forceShutdown() }),
    );
  });
}

function listener(one: Case, port: number): object {
  const filters = [
    {
      name: 'ext_authz',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
        transport_api_version: 'V3',
        grpc_service: { envoy_grpc: { cluster_name: 'recorder' }, timeout: '5s' },
        ...one.filter,
      },
    },
    {
      name: 'router',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
    },
  ];
  const route = { match: { prefix: '/' }, direct_response: { status: 200 }, ...one.route };
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: one.name,
    http_filters: filters,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route], ...one.virtualHost }] },
  };
  const certificate = {
    certificate_chain: { filename: join(work, 'cert.pem') },
    private_key: { filename: join(work, 'key.pem') },
  };
  const tls = {
    name: 'tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      require_client_certificate: true,
      common_tls_context: {
        tls_certificates: [certificate],
        validation_context: { trusted_ca: { filename: join(work, 'cert.pem') } },
      },
    },
  };
  return {
    name: one.name,
    address: { socket_address: { address: one.address ?? '127.0.0.1', port_value: port } },
    filter_chains: [
      { filters: [{ name: 'http', typed_config: manager }], ...(one.tls ? { transport_socket: tls } : {}) },
    ],
  };
}

function configure(ports: readonly number[], recorder: number): object {
  const endpoint = {
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: recorder } } },
  };
  return {
    static_resources: {
      listeners: CASES.map((one, index) => listener(one, ports[index] ?? 0)),
      clusters: [
        {
          name: 'recorder',
          type: 'STATIC',
          load_assignment: { cluster_name: 'recorder', endpoints: [{ lb_endpoints: [endpoint] }] },
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
      ],
    },
  };
}

/** One HTTP/1.1 request written byte by byte, so that header lines go out as they are. */
async function send(one: Case, port: number): Promise<void> {
  const body = Buffer.from(one.body ?? '', 'latin1');
  const lines = [
    `${one.method ?? 'GET'} ${one.path ?? '/'} HTTP/1.1`,
    `Host: ${one.host ?? 'api.example.com'}`,
    ...(one.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    ...(body.length > 0 ? [`Content-Length: ${body.length}`] : []),
    'Connection: close',
  ];
  const host = one.address ?? '127.0.0.1';
  const identity = one.tls
    ? { key: readFileSync(join(work, 'key.pem')), cert: readFileSync(join(work, 'cert.pem')) }
    : {};
  const socket = one.tls
    ? connectTls({ host, port, rejectUnauthorized: false, ...identity })
    : connect({ host, port });
  socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]));
  const answer: Buffer[] = [];
  for await (const chunk of socket) answer.push(chunk);
  const status = Buffer.concat(answer).toString('latin1').split('\r\n')[0];
  if (!status?.includes(' 200 ')) throw new Error(`${one.name}: ${status ?? 'no answer'}`);
}

makeCertificate();
mkdirSync(folder, { recursive: true });
const recorder = await startRecorder();
const ports = await Promise.all(CASES.map((one) => freePort(one.address ?? '127.0.0.1')));
const config = join(work, 'envoy.json');
writeFileSync(config, JSON.stringify(configure(ports, recorder.port)));
const child = spawn(envoy, ['-c', config, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'info'], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
try {
  let log = '';
  for await (const chunk of child.stderr) {
    log += chunk;
    if (log.includes('starting main dispatch loop')) break;
  }
  if (!log.includes('starting main dispatch loop')) throw new Error(log);
  for (const [index, one] of CASES.entries()) {
    const recorded = recorder.next();
    await send(one, ports[index] ?? 0);
    const { filter, virtualHost, route, about, name, ...sent } = one;
    writeFileSync(join(folder, `${name}.bin`), await recorded);
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ about, ...sent }, null, 2)}\n`);
  }
  const lines = CASES.map((one) => `- \`${one.name}\`: ${one.about}`);
  writeFileSync(
    join(folder, 'README.md'),
    `# CheckRequests as Envoy sent them\n\nWritten by \`scripts/record-check-requests.ts\` with a real Envoy: \`.bin\` is the message, \`.json\` what the\nclient sent (header text is latin1).\n\n${lines.join('\n')}\n`,
  );
} finally {
  child.kill();
  recorder.stop();
  rmSync(work, { recursive: true, force: true });
}
