// `npm run demo`: Sallyport, Envoy and a service on this machine, with curl commands to try.
// `npm run demo -- --once`: tries them itself and says whether each answered as it should.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCertificate } from './certificate.ts';
import { runCalls } from './demo-calls.ts';
import { describeDemo } from './describe-demo.ts';
import { startEnvoy } from './envoy.ts';
import { installTools } from './install-tools.ts';
import { buildIsFresh } from './program.ts';
import { type CreatedCredential, startSidecar } from './sidecar.ts';
import { startVerifyUpstream } from './verify-upstream.ts';

export const DEMO_HOST = 'verify.localhost';

const { values: flags } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
/** What was started and must be ended, the last first. */
const endings: (() => unknown)[] = [];
const interrupted = new Promise<void>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
});

try {
  const passed = await demo();
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const end of endings.reverse()) await end();
}

async function demo(): Promise<boolean> {
  await installTools(['curl', 'openssl', 'envoy']);
  if (!buildIsFresh()) build();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));

  const sidecar = await startSidecar(folder, { controlPlane: true });
  endings.push(() => sidecar.child().stop());
  await sidecar.cliJson(['apply', '-f', fileURLToPath(new URL('resources.yaml', import.meta.url))]);
  const createAccount = (userId: string, namespace: string) =>
    sidecar.cliJson<CreatedCredential>(['sa', 'create', '--user-id', userId, '--namespace', namespace]);
  const robot = await createAccount('robot@team-a', 'team-a');

  const jwksUrl = `http://127.0.0.1:${sidecar.httpPort}/.well-known/pomerium/jwks.json`;
  const upstream = await startVerifyUpstream(jwksUrl, { record: flags.once });
  endings.push(() => upstream.close());

  const certificate = makeCertificate(folder, [DEMO_HOST]);
  const envoy = await startEnvoy({
    folder,
    certificate,
    clusters: { sallyport: sidecar.grpcPort, sallyport_http: sidecar.httpPort, verify: upstream.port },
    https: 8443,
    http: 8080,
  });
  endings.push(() => envoy.child.stop());

  const place = {
    host: DEMO_HOST,
    https: envoy.ports.https,
    http: envoy.ports.http,
    certificate: certificate.cert,
  };
  console.log(describeDemo(place, robot, sidecar.configFile));
  if (flags.once) {
    const stranger = await createAccount('robot@team-b', 'team-b');
    const leaver = await createAccount('leaver@team-a', 'team-a');
    await sidecar.cliJson(['sa', 'revoke', leaver.id]);
    return await runCalls(place, { robot: robot.jwt, stranger: stranger.jwt, revoked: leaver.jwt }, upstream);
  }
  console.log('Ctrl-C ends everything and removes it.');
  await interrupted;
  return true;
}

function build(): void {
  console.log('building …');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { status } = spawnSync(process.execPath, ['scripts/prepare.js'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the sources do not build: see above');
}
