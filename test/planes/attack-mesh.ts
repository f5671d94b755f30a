import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../src/store/port.ts';
import type { AttackTarget } from '../support/attacks.ts';
import { makeCertificate } from '../support/certificate.ts';
import { type Envoy, startEnvoy } from '../support/envoy.ts';
import { startEmptyService } from '../support/fault-mesh.ts';
import { installTools } from '../support/install-tools.ts';
import {
  type CreatedCredential,
  type Sidecar,
  type SidecarOptions,
  startSidecar,
} from '../support/sidecar.ts';

/** A `serve` with the embedded store and its control plane, Envoy before it, and credentials of each role. */
export interface AttackMesh extends AttackTarget {
  readonly folder: string;
  readonly sidecar: Sidecar;
  readonly envoy: Envoy;
  /** A credential that the mesh lets in at `/`. */
  readonly robot: string;
  stop(): Promise<void>;
}

export interface AttackMeshOptions extends Pick<SidecarOptions, 'launcher'> {
  /** Writes to the store before anything runs on it, past every check of the API. */
  readonly fill?: (store: Store) => Promise<unknown>;
}

export async function startAttackMesh({ fill, launcher = [] }: AttackMeshOptions = {}): Promise<AttackMesh> {
  await installTools(['envoy', 'openssl']);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-planes-'));
  // Also where something below fails to start.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  if (fill) {
    const store = await openEmbeddedStore({ path: join(folder, 'store', 'store') });
    try {
      await fill(store);
    } finally {
      await store.close();
    }
  }
  const sidecar = await startSidecar(folder, { controlPlane: true, launcher, stdout: 'discard' });
  const service = await startEmptyService();
  const envoy = await startEnvoy({
    folder,
    certificate: makeCertificate(folder, ['verify.localhost']),
    clusters: { sallyport: sidecar.grpcPort, sallyport_http: sidecar.httpPort, verify: service.port },
  });
  const resources = fileURLToPath(new URL('../e2e/resources.yaml', import.meta.url));
  await sidecar.cliJson(['apply', '-f', resources]);
  const create = async (id: string, ...flags: string[]) => {
    const account = ['--id', id, '--user-id', id, '--namespace', 'team-a'];
    return (await sidecar.cliJson<CreatedCredential>(['sa', 'create', ...account, ...flags])).jwt;
  };
  const robot = await create('robot');
  const viewer = await create('viewer', '--for', 'admin');
  const manager = await create('manager', '--for', 'admin');
  const { jwt: admin } = await sidecar.cliJson<CreatedCredential>(['bootstrap', '--id', 'admin']);
  const bindings = ['viewer', 'manager'].map((role) => ({
    ...{ apiVersion: 'sallyport/v1alpha1', kind: 'RoleBinding', id: role },
    ...{ account: role, role, namespace: 'team-a' },
  }));
  const text = bindings.map((binding) => JSON.stringify(binding)).join('\n---\n');
  await sidecar.cliJson(['apply', '-f', '-'], text);
  return {
    folder,
    sidecar,
    envoy,
    meshPort: envoy.ports.http,
    adminPort: sidecar.adminPort,
    robot,
    viewer,
    manager,
    admin,
    bodyFile(name, body) {
      const file = join(folder, name);
      writeFileSync(file, body);
      return file;
    },
    async stop() {
      await Promise.all([envoy.child.stop(), sidecar.child().stop(), service.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
