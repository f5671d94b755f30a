import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { AccountId } from '../../src/accounts/account-id.ts';
import { addAdminApi } from '../../src/admin/admin-api.ts';
import { SharedExplaining } from '../../src/app/share-explaining.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildHttpServer } from '../../src/http/http-server.ts';
import { parseResources } from '../../src/manifests/parse-resources.ts';
import { transact } from '../../src/operations/changes/transact.ts';
import type { Issuing } from '../../src/operations/issue-credential.ts';
import { machinePrincipal } from '../../src/operations/principal.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { StoreWithTelemetry } from '../../src/store/telemetry-writes.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { loadSigningKeys } from '../../src/tokens/key-file.ts';
import { createTokenVerifier } from '../../src/tokens/token-verifier.ts';
import { rotateCredential } from './account-calls.ts';
import { planApply } from './plan-apply.ts';

export interface AdminRequest {
  readonly jwt?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The admin API on an embedded store and a key of its own, asked without a port. */
export interface AdminWorld {
  readonly app: FastifyInstance;
  readonly store: StoreWithTelemetry;
  readonly issuing: Issuing;
  /** What the API could not explain: none is expected. */
  readonly faults: unknown[];
  /** How often memory was freed after a request. */
  freed(): number;
  /** What SCIM left out of requests that deactivated a user. */
  readonly dropped: readonly { readonly user: string; readonly refused: readonly string[] }[];
  /** At the machine itself. */
  apply(yaml: string): Promise<void>;
  /** A JWT for the admin API of an account that is there. */
  signIn(account: string): Promise<string>;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    request?: AdminRequest,
  ): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

const ISSUER = 'https://sallyport.test';
const AUDIENCE = { mesh: 'mesh.test', admin: 'admin.test' };

export async function openAdminWorld({
  plain = true,
  reservedNames = [],
}: {
  readonly plain?: boolean;
  readonly reservedNames?: readonly string[];
} = {}): Promise<AdminWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-admin-'));
  const store = await openEmbeddedStore({ path: join(folder, 'store') });
  const keyFile = join(folder, 'credential.jwks.json');
  await generateKeyFile(keyFile, 'EdDSA');
  const config = loadConfig({
    file: undefined,
    env: { SALLYPORT_STORE__EMBEDDED__PATH: folder },
    flags: {},
    cwd: folder,
  });
  const keys = await loadSigningKeys(keyFile);
  const issuing: Issuing = {
    signer: keys.signer,
    issuer: ISSUER,
    audience: AUDIENCE,
    maxLifetimeMs: undefined,
  };
  const access = machinePrincipal('tester', 'here', Date.now);
  const faults: unknown[] = [];
  let freed = 0;
  const dropped: { user: string; refused: readonly string[] }[] = [];
  const explaining = new SharedExplaining({ config, store, onFault: (fault) => void faults.push(fault) });
  const app = buildHttpServer(
    { ready: () => true, onFault: (fault) => void faults.push(fault) },
    undefined,
    (server) =>
      addAdminApi(server, {
        store,
        tokens: createTokenVerifier({
          keys: { current: keys, generation: 0 },
          issuer: ISSUER,
          audience: AUDIENCE.admin,
        }),
        reservedNames,
        realm: 'sallyport',
        issuing: async () => issuing,
        explaining: () => explaining.open(),
        sessions: { lifetimeMs: 43_200_000, idleMs: 3_600_000, generation: () => 0, plain },
        version: '0.0.0',
        now: Date.now,
        freeMemory: () => {
          freed += 1;
        },
        onDropped: (user, refused) => void dropped.push({ user, refused }),
        onFault: (fault) => void faults.push(fault),
      }),
  );
  await app.ready();
  return {
    app,
    store,
    issuing,
    faults,
    freed: () => freed,
    dropped,
    async apply(yaml) {
      await transact(store, access, (reader, grants) =>
        planApply(parseResources([{ file: 'test', text: yaml }]), { reader, grants, now: Date.now() }),
      );
    },
    async signIn(account) {
      const id = AccountId.parse(account);
      if (id === undefined) throw new Error(`${account} is no account id`);
      const { jwt } = await rotateCredential(store, access, issuing, {
        id,
        purpose: 'admin',
        expiresAt: undefined,
        label: '',
      });
      return jwt;
    },
    call(method, path, { jwt, body, headers = {} } = {}) {
      return app.inject({
        method,
        url: `/api/v1${path}`,
        headers: {
          ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      });
    },
    async close() {
      await app.close();
      await explaining.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const header = 'apiVersion: sallyport/v1alpha1';

/** `global` above `team-a` (with `team-a.sub` below it) and, beside it, `team-b`; in `team-a` an account of each role. */
export const TEAMS = [
  `${header}\nkind: Namespace\nid: team-a\nparent: global\nhosts: [a.example.com, '*.a.example.com']`,
  `${header}\nkind: Namespace\nid: team-a.sub\nparent: team-a`,
  `${header}\nkind: Namespace\nid: team-b\nparent: global\nhosts: [b.example.com]`,
  `${header}\nkind: ServiceAccount\nid: root\nnamespace: global\nuser_id: root`,
  `${header}\nkind: RoleBinding\nid: root\naccount: root\nrole: admin\nnamespace: global`,
  `${header}\nkind: ServiceAccount\nid: nobody\nnamespace: team-a\nuser_id: nobody`,
  ...['viewer', 'manager', 'admin'].flatMap((role) => [
    `${header}\nkind: ServiceAccount\nid: ${role}\nnamespace: team-a\nuser_id: ${role}`,
    `${header}\nkind: RoleBinding\nid: ${role}\naccount: ${role}\nrole: ${role}\nnamespace: team-a`,
  ]),
].join('\n---\n');
