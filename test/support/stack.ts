import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from './certificate.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import type { YamlValue } from './fill-envoy-config.ts';
import { type CallOptions, call, type HttpAnswer } from './http-client.ts';
import { installTools } from './install-tools.ts';
import { type CreatedCredential, type Sidecar, type SidecarOptions, startSidecar } from './sidecar.ts';
import { startVerifyUpstream, type VerifyAnswer, type VerifyUpstream } from './verify-upstream.ts';

/** A sidecar, the service *verify*, and Envoy between them and the caller: one for each test file. */
export interface Stack {
  readonly folder: string;
  readonly sidecar: Sidecar;
  readonly upstream: VerifyUpstream;
  readonly envoy: Envoy;
  /** One more Envoy before the same sidecar and service, with another configuration. */
  addEnvoy(name: string, edit: (config: YamlValue) => void): Promise<Envoy>;
  /** A call through `envoy`, or another one. */
  call(options?: CallOptions, envoy?: Envoy): Promise<HttpAnswer>;
  /** The same, where it has to reach *verify*: what that received. */
  callUpstream(options?: CallOptions, envoy?: Envoy): Promise<VerifyAnswer>;
  /** `sa create`, with more flags. */
  createAccount(userId: string, namespace: string, flags?: readonly string[]): Promise<CreatedCredential>;
  stop(): Promise<void>;
}

/** Starts everything and applies `resources.yaml`. `settings` are added to the sidecar's configuration. */
export async function startStack(
  settings: Record<string, unknown> = {},
  options: Pick<SidecarOptions, 'launcher' | 'controlPlane'> = {},
): Promise<Stack> {
  await installTools(['envoy', 'openssl', 'curl']);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-e2e-'));
  // Also where something below fails to start.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const sidecar = await startSidecar(folder, { settings, ...options });
  await sidecar.cliJson(['apply', '-f', fileURLToPath(new URL('../e2e/resources.yaml', import.meta.url))]);
  const jwksUrl = `http://127.0.0.1:${sidecar.httpPort}/.well-known/pomerium/jwks.json`;
  const upstream = await startVerifyUpstream(jwksUrl, { record: true });
  const certificate = makeCertificate(folder, ['verify.localhost']);
  const clusters = { sallyport: sidecar.grpcPort, sallyport_http: sidecar.httpPort, verify: upstream.port };
  const envoys: Envoy[] = [];
  const addEnvoy = async (name: string, edit?: (config: YamlValue) => void) => {
    const envoy = await startEnvoy({ folder, name, certificate, clusters, ...(edit && { edit }) });
    envoys.push(envoy);
    return envoy;
  };
  const envoy = await addEnvoy('envoy');
  const callThrough = (options: CallOptions = {}, through: Envoy = envoy) =>
    call(through.ports.http, options);
  return {
    folder,
    sidecar,
    upstream,
    envoy,
    addEnvoy,
    call: callThrough,
    async callUpstream(options, through) {
      const answer = await callThrough(options, through);
      assert.equal(answer.status, 200, `${answer.body}\n${sidecar.child().output().slice(-2000)}`);
      const received: VerifyAnswer = JSON.parse(answer.body);
      return received;
    },
    createAccount: (userId, namespace, flags = []) =>
      sidecar.cliJson(['sa', 'create', '--user-id', userId, '--namespace', namespace, ...flags]),
    async stop() {
      await Promise.all([
        ...envoys.map((each) => each.child.stop()),
        sidecar.child().stop(),
        upstream.close(),
      ]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The values of a header that *verify* received, by its name in lower case. */
export function receivedHeader(received: VerifyAnswer, name: string): string[] {
  return received.headers.filter(([received]) => received.toLowerCase() === name).map(([, value]) => value);
}
