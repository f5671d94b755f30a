import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Caller } from '../../src/accounts/caller.ts';
import type { KnownRecord, RecordSource } from '../../src/accounts/caller-directory.ts';
import { createCallerDirectory } from '../../src/accounts/caller-directory.ts';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import type { Enforcement } from '../../src/accounts/namespace-schema.ts';
import { Credential } from '../../src/accounts/service-account-schema.ts';
import { type CheckParts, type CheckSettings, check } from '../../src/check/check.ts';
import type { CheckRequest } from '../../src/check/check-request.ts';
import type { Decision } from '../../src/check/decision.ts';
import { parseResources } from '../../src/manifests/parse-resources.ts';
import { API_VERSION, type Resource } from '../../src/manifests/resource.ts';
import { transact } from '../../src/operations/changes/transact.ts';
import { Reader } from '../../src/operations/reader.ts';
import { createClientCertificateReader } from '../../src/policy/client-certificate-reader.ts';
import { buildSnapshot, type Snapshot } from '../../src/snapshot/snapshot.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Write } from '../../src/store/port.ts';
import type { RecordKind, RecordOf } from '../../src/store/record.ts';
import type { StoreWithTelemetry } from '../../src/store/telemetry-writes.ts';
import type { Assertion } from '../../src/tokens/assertion.ts';
import type { TokenVerdict } from '../../src/tokens/token-verifier.ts';
import { headersOf } from './headers-of.ts';
import { accessAt } from './machine-principal.ts';
import { type Change, planApply } from './plan-apply.ts';
import { tokenOf } from './records.ts';

export const NOW = Date.parse('2026-06-01T12:00:00Z');

/** Resources as a test writes them: without the line that each needs. */
export function resourcesOf(yaml: string): Resource[] {
  const written: unknown[] = parseAllDocuments(yaml).map((document) => document.toJS());
  const whole = written.map((fields) => JSON.stringify({ apiVersion: API_VERSION, ...Object(fields) }));
  return yaml.trim() === '' ? [] : parseResources([{ file: 'test', text: whole.join('\n---\n') }]);
}

/** What the tests of `check` see of a request, with the rest as Envoy would send it. */
export interface Ask {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  /** Sent as `X-Pomerium-Authorization`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly ext?: Readonly<Record<string, string>>;
  readonly metadata?: CheckRequest['routeMetadata'];
}

export function requestOf({
  host,
  path = '/',
  method = 'GET',
  token,
  headers = {},
  ext = {},
  metadata,
}: Ask): CheckRequest {
  return {
    id: 'r-1',
    method,
    host,
    path,
    headers: headersOf({ ...headers, ...(token === undefined ? {} : { 'x-pomerium-authorization': token }) }),
    time: undefined,
    peerAddress: '127.0.0.1',
    peerCertificate: undefined,
    contextExtensions: ext,
    routeMetadata: metadata,
  };
}

/** What the store says of one kind, all of it in memory; what was read before an update turns stale. */
class StoredSource<K extends 'credential' | 'service_account' | 'directory_user'>
  implements RecordSource<RecordOf<K>>
{
  readonly #kind: K;
  #known = new Map<string, { value: RecordOf<K> | undefined; stale: boolean }>();
  #absent = { value: undefined, stale: false };
  constructor(kind: K) {
    this.#kind = kind;
  }
  async update(reader: Reader): Promise<void> {
    for (const record of [...this.#known.values(), this.#absent]) record.stale = true;
    this.#known = new Map();
    this.#absent = { value: undefined, stale: false };
    for await (const value of reader.all(this.#kind)) this.#known.set(value.id, { value, stale: false });
  }
  peek(id: string): KnownRecord<RecordOf<K>> {
    return this.#known.get(id) ?? this.#absent;
  }
  async load(id: string): Promise<KnownRecord<RecordOf<K>>> {
    return this.peek(id);
  }
}

/** A real store with real snapshots of it; only tokens are made up: the text of one is the id of its credential. */
export class World {
  readonly store: StoreWithTelemetry;
  readonly tokens = new Map<string, TokenVerdict | Promise<TokenVerdict>>();
  readonly #folder: string | undefined;
  readonly #sources = {
    credentials: new StoredSource('credential'),
    accounts: new StoredSource('service_account'),
    directoryUsers: new StoredSource('directory_user'),
  };
  readonly #callers = createCallerDirectory(this.#sources, 1000);
  #snapshot: Snapshot;
  now = NOW;
  verifiesClientCertificates = true;
  settings: CheckSettings = {
    serveNamespace: undefined,
    unmatched: undefined,
    enforcement: 'enforce',
    sourceIp: 'peer',
    readClientCertificate: createClientCertificateReader(undefined),
  };
  assertionFor: CheckParts['assertionFor'] = (caller, binding) =>
    binding.audience ? assertionOf(`${caller.userId}@${binding.audience}`) : undefined;

  private constructor(store: StoreWithTelemetry, folder: string | undefined, snapshot: Snapshot) {
    this.store = store;
    this.#folder = folder;
    this.#snapshot = snapshot;
  }

  static async open(yaml = ''): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-world-'));
    const store = await openEmbeddedStore({ path: join(folder, 'store'), mapSize: 1 << 22 });
    const world = new World(
      store,
      folder,
      buildSnapshot(await store.snapshot(), { verifiesClientCertificates: true }),
    );
    await world.apply(yaml);
    return world;
  }

  /** Over a store that somebody else opened and closes; `refresh` follows what is written to it. */
  static async over(store: StoreWithTelemetry): Promise<World> {
    const snapshot = buildSnapshot(await store.snapshot(), { verifiesClientCertificates: true });
    const world = new World(store, undefined, snapshot);
    await world.refresh();
    return world;
  }

  async close(): Promise<void> {
    if (this.#folder === undefined) return;
    await this.store.close();
    await rm(this.#folder, { recursive: true });
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  async apply(yaml: string): Promise<Change[]> {
    return this.applyAll(resourcesOf(yaml));
  }

  async applyAll(resources: readonly Resource[]): Promise<Change[]> {
    const { result } = await transact(this.store, accessAt(this.now), (reader, grants) =>
      planApply(resources, { reader, grants, now: this.now }),
    );
    await this.refresh();
    return result;
  }

  /** A credential of an account, and the token that stands for it. */
  async addCredential(
    id: string,
    account: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const found = await new Reader(this.store).find('service_account', account);
    if (!found) throw new Error(`there is no account ${account}`);
    const credential = Credential.parse({
      id,
      account,
      purpose: 'mesh',
      issued_at: found.created_at,
      ...fields,
    });
    await this.write({ kind: 'credential', id }, credential);
    const issuance = credential.purpose === 'pomerium' ? 'pomerium' : 'native';
    this.tokens.set(
      id,
      tokenOf({ issuance, credential: id, account, user: found.user_id ?? found.impersonate ?? '' }),
    );
  }

  /** Past all checks: what another version, or damage, might leave in the store. */
  async write(key: { kind: RecordKind; id: string }, value: unknown): Promise<void> {
    const writes: Write[] = [{ key, value }];
    const outcome = await this.store.commit((await this.store.position()).revision, writes);
    if (!('committed' in outcome)) throw new Error('somebody else wrote');
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const { verifiesClientCertificates } = this;
    this.#snapshot = buildSnapshot(
      await this.store.snapshot(),
      { verifiesClientCertificates },
      this.#snapshot,
    );
    const reader = new Reader(this.store);
    for (const source of Object.values(this.#sources)) await source.update(reader);
  }

  set unmatched(id: string | undefined) {
    this.settings = { ...this.settings, unmatched: id === undefined ? undefined : NamespaceId.parse(id) };
  }

  set serveNamespace(id: string | undefined) {
    this.settings = {
      ...this.settings,
      serveNamespace: id === undefined ? undefined : NamespaceId.parse(id),
    };
  }

  set enforcement(enforcement: Enforcement) {
    this.settings = { ...this.settings, enforcement };
  }

  get parts(): CheckParts {
    return {
      tokens: {
        verify: (token) => this.tokens.get(token) ?? { refused: 'token-invalid', detail: 'made up' },
        isMeantForUs: (token) => token.startsWith('ours.'),
      },
      callers: this.#callers,
      snapshot: () => this.#snapshot,
      assertionFor: (caller: Caller, binding, now) => this.assertionFor(caller, binding, now),
      clock: () => this.now,
      settings: this.settings,
    };
  }

  check(ask: Ask): Decision | Promise<Decision> {
    return check(this.parts, requestOf(ask));
  }

  /** The decision, which everything in memory already makes possible at once. */
  decide(ask: Ask): Decision {
    const decision = this.check(ask);
    if (decision instanceof Promise) throw new Error('a warm check waits');
    return decision;
  }

  /** `allow` or the kind of refusal, and the reasons. */
  answer(ask: Ask): string {
    return describe(this.decide(ask));
  }
}

export function describe(decision: Decision): string {
  return `${decision.verdict === 'allow' ? 'allow' : decision.refusal}: ${decision.reasons.join(', ')}`;
}

/** One that was not signed. */
export function assertionOf(jwt: string): Assertion {
  return { jwt, groupsLeftOut: 0 };
}
