import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisPlace, RedisStoreOptions } from '../../src/store/redis/redis-store-options.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { publishKeyFile } from '../../src/tokens/publish-key-file.ts';
import { type MeshAdmin, openMeshAdmin } from '../faults/mesh-admin.ts';
import { makeCertificate } from './certificate.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import { installTools } from './install-tools.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';

/** A sidecar whose way to its store a test may spoil, Envoy before it, and an operator whose own way is good. */
export interface FaultMesh {
  readonly folder: string;
  readonly sidecar: Sidecar;
  readonly envoy: Envoy;
  readonly admin: MeshAdmin;
  stop(): Promise<void>;
}

export interface FaultMeshOptions {
  /** Where the operator finds the store. */
  readonly place: RedisPlace;
  /** As whom, and how. */
  readonly access?: Pick<RedisStoreOptions, 'username' | 'password' | 'tls'>;
  /** `store.redis` of the sidecar. */
  readonly redis: Readonly<Record<string, unknown>>;
  /** Commits that the change log keeps. */
  readonly logLength?: number;
}

/** `store.max_staleness` of the sidecars here, in milliseconds. */
export const BOUND = 2000;

/** The configuration of a sidecar on that Redis, with the keys of `folder`. */
export function settingsFor(folder: string, redis: Readonly<Record<string, unknown>>) {
  return {
    store: { redis, max_staleness: `${BOUND}ms` },
    keys: { verification: [join(folder, 'public.json')], assertion: join(folder, 'assertion.json') },
  };
}

/** A folder with keys that all sidecars share. */
export async function makeKeyFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-faults-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await generateKeyFile(join(folder, 'credential.json'), 'ES256');
  await publishKeyFile(join(folder, 'credential.json'), join(folder, 'public.json'));
  await generateKeyFile(join(folder, 'assertion.json'), 'ES256');
  return folder;
}

export async function startFaultMesh({
  place,
  access,
  redis,
  logLength,
}: FaultMeshOptions): Promise<FaultMesh> {
  await installTools(['envoy', 'openssl']);
  const folder = await makeKeyFolder();
  const admin = await openMeshAdmin(
    { place, ...access, ...(logLength !== undefined && { logLength }) },
    join(folder, 'credential.json'),
  );
  await admin.applyResources();
  const sidecar = await startSidecar(folder, { settings: settingsFor(folder, redis) });
  const { port, close } = await startEmptyService();
  const envoy = await startEnvoy({
    folder,
    certificate: makeCertificate(folder, ['verify.localhost']),
    clusters: { sallyport: sidecar.grpcPort, sallyport_http: sidecar.httpPort, verify: port },
  });
  return {
    folder,
    sidecar,
    envoy,
    admin,
    async stop() {
      sidecar.child().kill('SIGCONT');
      await Promise.all([envoy.child.stop(), sidecar.child().stop(), admin.close(), close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The service behind Envoy: whoever gets there was admitted. */
export async function startEmptyService(): Promise<{ port: number; close(): Promise<void> }> {
  const server: Server = createServer((_, response) => response.end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    port: address.port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
