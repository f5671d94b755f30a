import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AccountId } from '../../src/accounts/account-id.ts';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { openIssuing } from '../../src/app/open-keys.ts';
import { openStore } from '../../src/app/open-store.ts';
import { startSidecar } from '../../src/app/serve.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createLogger } from '../../src/observe/logger.ts';
import type { IssuedCredential } from '../../src/operations/issue-credential.ts';
import { machinePrincipal } from '../../src/operations/principal.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { publishKeyFile } from '../../src/tokens/publish-key-file.ts';
import { createServiceAccount } from './account-calls.ts';
import { freePort } from './free-port.ts';
import { httpRequestBytes } from './messages.ts';
import { check, codeOf, connectTo, healthOf } from './test-server.ts';
import { id } from './token-fixture.ts';

/** Namespaces `team-a` and `team-b`, a route in each, and one policy that lets every account in. */
const RECORDS = [
  ['namespace', 'team-a', { parent: 'global', name: '', hosts: ['a.com'], default_policies: [] }],
  ['namespace', 'team-b', { parent: 'global', name: '', hosts: ['b.com'], default_policies: [] }],
  [
    'policy',
    'members',
    {
      namespace: 'global',
      ppl: { allow: { or: [{ authenticated_user: true }] } },
      enforced: false,
      mode: 'enforce',
    },
  ],
  ['route', 'a', { namespace: 'team-a', hosts: ['a.com'], policies: ['members'] }],
  ['route', 'b', { namespace: 'team-b', hosts: ['b.com'], policies: ['members'] }],
] as const;

/** `store.redis`, with patience for a machine that is busy with other tests. */
export function redisSettings(port: number) {
  return { url: `redis://127.0.0.1:${port}`, command_timeout: '2s' };
}

/** A folder with a configuration and keys, for the store in one Redis. */
export async function createRedisSetup(redisPort: number, settings: Readonly<Record<string, unknown>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-app-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const configFor = async (more: Readonly<Record<string, unknown>> = {}): Promise<Config> => {
    const file = join(folder, `sallyport-${await freePort()}.yaml`);
    const keys = {
      credential: 'credential.jwks.json',
      verification: ['public.jwks.json'],
      assertion: 'assertion.jwks.json',
    };
    writeFileSync(
      file,
      stringify({
        listen: [`127.0.0.1:${await freePort()}`],
        http: { listen: `127.0.0.1:${await freePort()}` },
        admin: { listen: `127.0.0.1:${await freePort()}` },
        issuer: 'https://sallyport.localhost',
        audience: 'mesh.localhost',
        keys,
        store: { redis: redisSettings(redisPort) },
        check_timeout: '5s',
        ...settings,
        ...more,
      }),
    );
    return loadConfig({ file, env: {}, cwd: folder });
  };
  const config = await configFor();
  await generateKeyFile(config.keys.credential ?? '', 'EdDSA');
  await publishKeyFile(config.keys.credential ?? '', config.keys.verification[0] ?? '');
  await generateKeyFile(config.keys.assertion, 'ES256');
  return {
    folder,
    configFor,
    /** Makes the store and what is in it. */
    async fill(): Promise<void> {
      const store = await openStore(config);
      try {
        const writes = RECORDS.map(([kind, id, value]) => ({ key: { kind, id }, value: { id, ...value } }));
        const result = await store.commit((await store.position()).revision, writes);
        if (!('committed' in result)) throw new Error('somebody else wrote');
      } finally {
        await store.close();
      }
    },
    /** A service account of `team-a`, and its JWT. */
    async createAccount(name: string): Promise<IssuedCredential> {
      const store = await openStore(config);
      try {
        return await createServiceAccount(
          store,
          machinePrincipal('tester', 'here', Date.now),
          await openIssuing(config),
          {
            id: id(AccountId, name),
            namespace: id(NamespaceId, 'team-a'),
            userId: id(UserId, name),
            impersonate: false,
            description: '',
            expiresAt: undefined,
            purpose: 'mesh',
          },
        );
      } finally {
        await store.close();
      }
    },
    async start(more?: Readonly<Record<string, unknown>>): Promise<RedisSidecar> {
      return start(await configFor(more));
    },
  };
}

export type RedisSetup = Awaited<ReturnType<typeof createRedisSetup>>;

/** What tests look at in a line of the log. */
export interface LogLine {
  readonly event: string;
  readonly problem?: string;
  readonly checks_fail_in_s?: number;
  readonly away_s?: number;
  readonly setting?: string;
  readonly changed?: readonly string[];
  readonly failed?: readonly string[];
}

/** A sidecar in this process, as its clients see it. */
export interface RedisSidecar {
  readonly lines: readonly LogLine[];
  /** The lines of one event. */
  told(event: string): readonly LogLine[];
  /** `allow`, the HTTP status of a denial, or the gRPC code of a failure: `grpc 14`. */
  ask(token: string | undefined, host?: string): Promise<string>;
  health(): Promise<string>;
  ready(): Promise<{ readonly status: number; readonly text: string }>;
  /** The value of a metric without labels; undefined if it is absent. */
  metric(name: string): Promise<number | undefined>;
  /** What SIGHUP does. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

async function start(config: Config): Promise<RedisSidecar> {
  const lines: LogLine[] = [];
  const logger = createLogger({
    level: 'debug',
    to: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const sidecar = await startSidecar(config, logger, () => {
    throw new Error('a sidecar on Redis starts nothing beside itself');
  });
  const port = (listener: Config['listen'][number] | undefined) =>
    listener?.address.kind === 'tcp' ? listener.address.port : 0;
  const client = connectTo(`127.0.0.1:${port(config.listen[0])}`);
  return {
    lines,
    told: (event) => lines.filter((line) => line.event === event),
    reload: () => sidecar.reload(),
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${port(config.http.listen)}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length));
    },
    async ask(token, host = 'a.com') {
      const headers: Record<string, string> =
        token === undefined ? {} : { 'x-pomerium-authorization': token };
      const asked = check(client, httpRequestBytes({ method: 'GET', path: '/', host, headers }));
      const { code } = await codeOf(asked);
      if (code !== 0) return `grpc ${code}`;
      const { httpStatus } = await asked;
      return httpStatus === 0 ? 'allow' : String(httpStatus);
    },
    health: () => healthOf(client),
    async ready() {
      const response = await fetch(`http://127.0.0.1:${port(config.http.listen)}/readyz`);
      return { status: response.status, text: await response.text() };
    },
    async stop() {
      client.close();
      await sidecar.stop();
    },
  };
}
