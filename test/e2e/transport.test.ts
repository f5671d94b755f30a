import assert from 'node:assert/strict';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CertificateFiles } from '../support/certificate.ts';
import { type KeyPair, TestCa } from '../support/certificates.ts';
import type { Envoy } from '../support/envoy.ts';
import type { YamlValue } from '../support/fill-envoy-config.ts';
import { freePort } from '../support/free-port.ts';
import { installTools, toolPath } from '../support/install-tools.ts';
import { type ProgramResult, runProgram } from '../support/program.ts';
import type { Sidecar } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { askSidecarsAt, clusterNamed, startSidecarBeside } from './sidecar-beside.ts';

const ALLOWED = 'spiffe://mesh/envoy';
const CHECK = 'envoy.service.auth.v3.Authorization/Check';
const PROTO = ['-import-path', fileURLToPath(new URL('../../proto', import.meta.url)), '-proto'];
const CHECK_PROTO = [...PROTO, 'envoy/service/auth/v3/external_auth.proto'];
const HEALTH_PROTO = [...PROTO, 'grpc/health/v1/health.proto'];

const ca = new TestCa();
const foreign = new TestCa();
let stack: Stack;
let secured: Sidecar;
let tlsPort: number;
let mtlsPort: number;
let jwt: string;
/** PEM files of clients, by what they are. */
const clients = new Map<string, CertificateFiles>();
let caFile: string;
before(async () => {
  await installTools(['grpcurl']);
  stack = await startStack();
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
  caFile = join(stack.folder, 'ca.pem');
  writeFileSync(caFile, ca.cert);
  const server = writePair('server', ca.issue('DNS:sallyport.mesh,IP:127.0.0.1'));
  clients.set('an allowed name', writePair('allowed', ca.issue(`DNS:envoy.mesh,URI:${ALLOWED}`)));
  clients.set('another name', writePair('other', ca.issue('DNS:other.mesh,URI:spiffe://mesh/envoy2')));
  clients.set('another CA', writePair('foreign', foreign.issue(`URI:${ALLOWED}`)));
  [tlsPort, mtlsPort] = [await freePort(), await freePort()];
  const { cert, key } = server;
  secured = await startSidecarBeside(stack, 'secured', {
    listen: [
      { address: `127.0.0.1:${tlsPort}`, tls: { cert, key } },
      {
        address: `127.0.0.1:${mtlsPort}`,
        tls: { cert, key, client_ca: caFile, allowed_clients: [ALLOWED] },
      },
      { address: `unix:${join(stack.folder, 'own.sock')}`, mode: '0600' },
    ],
  });
});
after(async () => {
  ca.remove();
  foreign.remove();
  await secured.child().stop();
  await stack.stop();
});

function writePair(name: string, pair: KeyPair): CertificateFiles {
  const files = { cert: join(stack.folder, `${name}.pem`), key: join(stack.folder, `${name}.key`) };
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  return files;
}

/** Lets Envoy ask over TLS, with a certificate of its own where one is given, and sure of the sidecar's name. */
function askOverTls(config: YamlValue, port: number, client?: CertificateFiles): void {
  askSidecarsAt(config, port);
  const certificate = client && [
    { certificate_chain: { filename: client.cert }, private_key: { filename: client.key } },
  ];
  const names = [{ san_type: 'DNS', matcher: { exact: 'sallyport.mesh' } }];
  Object.assign(clusterNamed(config, 'sallyport'), {
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        sni: 'sallyport.mesh',
        common_tls_context: {
          alpn_protocols: ['h2'],
          validation_context: { trusted_ca: { filename: caFile }, match_typed_subject_alt_names: names },
          ...(certificate && { tls_certificates: certificate }),
        },
      },
    },
  });
}

const callWithCredential = (envoy?: Envoy) =>
  stack.call({ headers: [['X-Pomerium-Authorization', jwt]] }, envoy);

async function assertAsks(envoy: Envoy): Promise<void> {
  assert.equal((await callWithCredential(envoy)).status, 200);
  assert.equal((await stack.call({}, envoy)).status, 401);
}

test('Envoy asks over TLS', async () => {
  await assertAsks(await stack.addEnvoy('tls', (config) => askOverTls(config, tlsPort)));
});

test('Envoy asks over mTLS, with a name that is allowed', async () => {
  const client = clients.get('an allowed name');
  await assertAsks(await stack.addEnvoy('mtls', (config) => askOverTls(config, mtlsPort, client)));
});

for (const what of ['another name', 'another CA', 'no certificate']) {
  test(`over mTLS nothing is answered to ${what}: the client sees 503`, async () => {
    const envoy = await stack.addEnvoy(`mtls-${what.replace(' ', '-')}`, (config) => {
      askOverTls(config, mtlsPort, clients.get(what));
      // Else it would not even try: health is not told to strangers either.
      delete clusterNamed(config, 'sallyport').health_checks;
    });
    stack.upstream.takeBytes();
    assert.equal((await callWithCredential(envoy)).status, 503);
    assert.equal((await stack.call({ path: '/open' }, envoy)).status, 503);
    assert.equal(stack.upstream.takeBytes().length, 0);
  });
}

test('nor to an Envoy that does not speak TLS', async () => {
  for (const port of [tlsPort, mtlsPort]) {
    const envoy = await stack.addEnvoy(`plain-${port}`, (config) => {
      askSidecarsAt(config, port);
      delete clusterNamed(config, 'sallyport').health_checks;
    });
    assert.equal((await callWithCredential(envoy)).status, 503);
  }
});

function grpcurl(
  client: string,
  args: readonly string[],
  data?: unknown,
  flags: readonly string[] = [],
): Promise<ProgramResult> {
  const pair = clients.get(client);
  return runProgram([
    ...[toolPath('grpcurl'), '-max-time', '5', '-cacert', caFile, '-servername', 'sallyport.mesh'],
    ...(pair ? ['-cert', pair.cert, '-key', pair.key] : []),
    ...(data === undefined ? [] : ['-d', JSON.stringify(data)]),
    ...flags,
    `127.0.0.1:${mtlsPort}`,
    ...args,
  ]);
}

test('grpcurl over mTLS: reflection, health and a Check', async () => {
  const list = await grpcurl('an allowed name', ['list']);
  assert.match(list.stdout, /envoy\.service\.auth\.v3\.Authorization/, list.stderr);
  const health = await grpcurl('an allowed name', ['grpc.health.v1.Health/Check'], {});
  assert.equal(JSON.parse(health.stdout).status, 'SERVING');
  const http = { id: '1', method: 'GET', host: 'verify.localhost', path: '/' };
  const headers = { 'x-pomerium-authorization': jwt };
  const check = await grpcurl('an allowed name', [CHECK], {
    attributes: { request: { http: { ...http, headers } } },
  });
  assert.equal(JSON.parse(check.stdout).dynamicMetadata.verdict, 'allow', check.stderr);
});

test('grpcurl over mTLS: another name gets health, and no decision; others get nothing', async () => {
  const http = { attributes: { request: { http: { method: 'GET', host: 'verify.localhost', path: '/' } } } };
  // Without reflection, which is not for it.
  const health = await grpcurl('another name', ['grpc.health.v1.Health/Check'], {}, HEALTH_PROTO);
  assert.equal(JSON.parse(health.stdout).status, 'SERVING', health.stderr);
  for (const [args, flags] of [
    [['list'], []],
    [[CHECK], CHECK_PROTO],
  ]) {
    const { code, stderr } = await grpcurl('another name', args ?? [], http, flags);
    assert.notEqual(code, 0);
    assert.match(stderr, /carries no allowed name/);
  }
  for (const client of ['another CA', 'no certificate']) {
    const { code, stdout } = await grpcurl(client, [CHECK], http, [...CHECK_PROTO, '-connect-timeout', '1']);
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
  }
});

test('Envoy asks over a Unix socket, which lets nobody else in', async () => {
  assert.equal(lstatSync(stack.sidecar.socket).mode & 0o777, 0o660);
  assert.equal(lstatSync(join(stack.folder, 'own.sock')).mode & 0o777, 0o600);
  await assertAsks(await stack.addEnvoy('pipe', (config) => askSidecarsAt(config, stack.sidecar.socket)));
  await assertAsks(
    await stack.addEnvoy('pipe-own', (config) => askSidecarsAt(config, join(stack.folder, 'own.sock'))),
  );
});

test('a socket that a killed sidecar left is replaced, and one that is stopped takes its own away', async () => {
  const envoy = await stack.addEnvoy('pipe-stale', (config) => askSidecarsAt(config, stack.sidecar.socket));
  const asks = () => waitUntil('Envoy to ask', async () => (await callWithCredential(envoy)).status === 200);
  await asks();
  const { ino } = lstatSync(stack.sidecar.socket);
  stack.sidecar.child().kill('SIGKILL');
  await waitUntil('the end of the process', () => stack.sidecar.child().exitCode() !== undefined);
  assert.equal(lstatSync(stack.sidecar.socket).ino, ino, 'it is still there');
  assert.equal((await callWithCredential(envoy)).status, 503);
  await stack.sidecar.restart();
  await asks();
  assert.equal(await stack.sidecar.child().stop(), true);
  assert.equal(existsSync(stack.sidecar.socket), false);
  await stack.sidecar.restart();
  await asks();
});

test('one sidecar: calls that it has received are answered before it stops', async () => {
  const envoy = await stack.addEnvoy('one', (config) => askSidecarsAt(config, stack.sidecar.grpcPort));
  const { child } = stack.sidecar;
  assert.equal((await callWithCredential(envoy)).status, 200);
  for (let round = 0; round < 2; round++) {
    const received = await checksReceived(envoy);
    child().kill('SIGSTOP');
    const answers = Array.from({ length: 20 }, () => callWithCredential(envoy));
    await waitUntil('the calls to wait', async () => (await checksReceived(envoy)) >= received + 20);
    child().kill('SIGTERM');
    child().kill('SIGCONT');
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    assert.deepEqual([...new Set(statuses)], [200], statuses.join(' '));
    await waitUntil('the end of the process', () => child().exitCode() !== undefined);
    assert.equal(child().exitCode(), 0);
    await stack.sidecar.restart();
    await waitUntil('Envoy to ask', async () => (await callWithCredential(envoy)).status === 200);
  }
});

/** How many Checks Envoy has sent so far. */
async function checksReceived(envoy: Envoy): Promise<number> {
  const stats = await fetch(
    `http://127.0.0.1:${envoy.ports.admin}/stats?filter=^cluster.sallyport.upstream_rq_total`,
  );
  return Number((await stats.text()).split(':')[1]);
}

for (const [how, end] of [
  ['stopped', 'SIGTERM'],
  ['killed', 'SIGKILL'],
] as const) {
  test(`two sidecars: while one is ${how} and started again, no caller sees it`, async (t) => {
    const second = await startSidecarBeside(stack, `second-${how}`, {});
    t.after(() => second.child().stop());
    const envoy = await stack.addEnvoy(`two-${how}`, (config) =>
      askSidecarsAt(config, stack.sidecar.grpcPort, second.grpcPort),
    );
    await underLoad(envoy, async () => {
      second.child().kill(end);
      await waitUntil('the end of the process', () => second.child().exitCode() !== undefined);
      await second.restart();
    });
  });
}

/** Calls all the time while `act` runs, and for as long again as Envoy takes to notice; every answer has to be 200. */
async function underLoad(envoy: Envoy, act: () => Promise<void>): Promise<void> {
  const statuses = new Map<number, number>();
  let going = true;
  const callOn = async () => {
    while (going) {
      const { status } = await callWithCredential(envoy);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const callers = Array.from({ length: 4 }, callOn);
  const calls = () => [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const more = async (count: number) => {
    const target = calls() + count;
    await waitUntil(`${count} calls`, () => calls() >= target);
  };
  try {
    await more(100);
    await act();
    await more(300);
  } finally {
    going = false;
    await Promise.all(callers);
  }
  const said = envoy.child
    .output()
    .split('\n')
    .filter((line) => line.includes('"status":503'));
  assert.deepEqual([...statuses.keys()], [200], [JSON.stringify([...statuses]), ...said].join('\n'));
}
