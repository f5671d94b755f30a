// `npm run demo`: Sallyport, Envoy and a service on this machine, with curl commands to try.
// `npm run demo -- --once`: tries them itself and says whether each answered as it should.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCertificate } from '../test/support/certificate.ts';
import { stopChildren } from '../test/support/child.ts';
import { startEnvoy } from '../test/support/envoy.ts';
import { installTools } from '../test/support/install-tools.ts';
import { buildIsFresh } from '../test/support/program.ts';
import { type CreatedCredential, startSidecar } from '../test/support/sidecar.ts';
import { startVerifyUpstream } from '../test/support/verify-upstream.ts';
import { runCalls } from './demo-calls.ts';
import { describeDemo } from './describe-demo.ts';

export const DEMO_HOST = 'verify.localhost';

const USAGE = `usage: npm run demo -- [--once]

Starts Sallyport, Envoy and a service on this machine, on loopback, and prints curl commands to try. Envoy is installed into .tools/.

  --once   send the calls, print whether each answer is as expected, and exit (0 if all are)
  --help   print this text
`;

const { once, help } = readFlags();
if (help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

/** What was started and must be ended, the last first. */
const endings: (() => unknown)[] = [];
/** Whether everything has started, so that an interruption is a success. */
let runs = false;
/** It contains keys and JWTs. */
let folder: string | undefined;
// Removed however the demo ends.
process.once('exit', () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});
// npm forwards a signal that the whole process group gets too, so it may arrive twice. Only the first counts.
const interrupted = new Promise<NodeJS.Signals>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, done);
});

try {
  const passed = await Promise.race([demo(), interrupted.then(() => runs)]);
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
for (const end of endings.reverse()) await end();
// A program that was still starting when the signal came is in no ending.
await stopChildren();
process.exit();

function readFlags(): { readonly once: boolean; readonly help: boolean } {
  try {
    return parseArgs({
      options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return process.exit(2);
  }
}

async function demo(): Promise<boolean> {
  await installTools(['curl', 'openssl', 'envoy']);
  if (!buildIsFresh()) build();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));

  const sidecar = await startSidecar(folder, { controlPlane: true });
  endings.push(() => sidecar.child().stop());
  await sidecar.cliJson(['apply', '-f', fileURLToPath(new URL('resources.yaml', import.meta.url))]);
  const createAccount = (userId: string, namespace: string) =>
    sidecar.cliJson<CreatedCredential>(['sa', 'create', '--user-id', userId, '--namespace', namespace]);
  const robot = await createAccount('robot@team-a', 'team-a');

  const jwksUrl = `http://127.0.0.1:${sidecar.httpPort}/.well-known/pomerium/jwks.json`;
  const upstream = await startVerifyUpstream(jwksUrl, { record: once });
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
  if (once) {
    const stranger = await createAccount('robot@team-b', 'team-b');
    const leaver = await createAccount('leaver@team-a', 'team-a');
    await sidecar.cliJson(['sa', 'revoke', leaver.id]);
    return await runCalls(place, { robot: robot.jwt, stranger: stranger.jwt, revoked: leaver.jwt }, upstream);
  }
  runs = true;
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
