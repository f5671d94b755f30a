import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from './accounts/caller.ts';
import { createCallerDirectory } from './accounts/caller-directory.ts';
import { type CheckParts, type CheckSettings, check } from './check/check.ts';
import { buildPicture, type Picture, type PictureSettings } from './check/picture.ts';
import type { Explaining, RestorableBackup } from './cli/cli-context.ts';
import type { Config, Listener } from './config/config.ts';
import { createEnvoyServer, type EnvoyServer } from './envoy/grpc-server.ts';
import type { ListenAddress } from './envoy/listen-address.ts';
import { createRehearsal } from './envoy/rehearse-check.ts';
import { createDecisionLog } from './observe/decision-log.ts';
import { startHttpServer } from './observe/http-server.ts';
import { logEvent } from './observe/log-event.ts';
import type { Logger } from './observe/logger.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { createPolicyFaults, type PolicyFaults } from './observe/policy-faults.ts';
import { createClientCertificateReader } from './policy/client-certificate-reader.ts';
import { AccountError, type Issuing } from './resources/service-accounts.ts';
import type { Binding } from './routes/binding.ts';
import type { Restored, StoreSnapshot } from './store/backup.ts';
import { openEmbeddedStore } from './store/embedded/embedded-store.ts';
import { restoreStore } from './store/embedded/restore-store.ts';
import { openSnapshot } from './store/embedded/snapshot.ts';
import { type Store, StoreUnavailable } from './store/port.ts';
import { openReplica, type Replica } from './store/replica.ts';
import { assertionJwks, createAssertionSigner } from './tokens/assertion.ts';
import { type AssertionCache, createAssertionCache } from './tokens/assertion-cache.ts';
import { generateKeyFile } from './tokens/generate-key-file.ts';
import { loadSigningKeys, loadVerificationKeys } from './tokens/key-file.ts';
import type { KeySource, SigningKeys, VerificationKeys } from './tokens/key-set.ts';
import { createTokenVerifier, type TokenVerifier } from './tokens/token-verifier.ts';
import { type WatchedKeys, watchKeyFiles } from './tokens/watch-key-files.ts';

/** A change holds after 20 ms at most; looking more often costs a sidecar that has nothing to do several percent of a core. */
const POLL_INTERVAL_MS = 20;

/** The store in its own folder of the configured one, beside the keys that are made there. */
export function openStore(config: Config): Promise<Store> {
  return openEmbeddedStore({
    path: storeFolder(config),
    pollInterval: POLL_INTERVAL_MS,
  });
}

export function openStoreSnapshot(config: Config): Promise<StoreSnapshot> {
  return openSnapshot(storeFolder(config), Date.now());
}

export function restoreBackup(config: Config, backup: RestorableBackup): Promise<Restored> {
  return restoreStore({ path: storeFolder(config), ...backup });
}

/** Beside the keys, where these have no folder of their own. */
function storeFolder(config: Config): string {
  return join(config.store.embedded.path, 'store');
}

/** What new credentials are made with, on a machine that holds the key for it. */
export async function openIssuing(config: Config): Promise<Issuing> {
  const { credential, algorithm } = config.keys;
  if (credential === undefined)
    throw new AccountError(
      'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
    );
  await generateKeyFile(credential, algorithm);
  const { signer } = await loadSigningKeys(credential);
  const { issuer, audience, tokens } = config;
  return { signer, issuer, audience, maxLifetimeMs: tokens.maxLifetimeMs };
}

/** A sidecar that answers. */
export interface Sidecar {
  /** Turns health, finishes calls in flight, and closes everything. */
  stop(): Promise<void>;
}

/** Starts the sidecar: nothing listens before the store and the keys are loaded. */
export async function startSidecar(config: Config, logger: Logger): Promise<Sidecar> {
  const closing: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const metrics = createMetrics({ droppedLogLines: () => logger.dropped() });
    const keys = await openKeys(config, logger);
    closing.push(() => keys.close());
    const store = await openStore(config);
    closing.push(() => store.close());
    const policyFaults = createPolicyFaults(logger, metrics);
    const replica = await followStore(config, store, logger, metrics, policyFaults);
    closing.push(() => replica.close());

    const server = await listenForEnvoy(config, createCheckParts(config, replica, keys), logger, metrics);
    closing.push(() => server.close());
    const readiness = watchReadiness(config, replica, server, logger, metrics);
    closing.push(() => readiness.close());
    const http =
      config.admin.listen &&
      (await listenForHttp(config.admin.listen, readiness, keys, logger, metrics, policyFaults));
    if (http) closing.push(() => http.close());
    return {
      async stop() {
        readiness.close();
        await server.drain(config.shutdownGraceMs);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Keys {
  readonly verification: WatchedKeys<VerificationKeys>;
  readonly assertion: WatchedKeys<SigningKeys>;
  close(): void;
}

/** Keys are made on first start, because the embedded store is this machine's own; a file that changes is read again. */
async function openKeys(config: Config, logger: Logger): Promise<Keys> {
  const { credential, verification: files, assertion: assertionFile, algorithm } = config.keys;
  if (credential !== undefined && (await generateKeyFile(credential, algorithm)))
    logEvent(logger, 'keys-made', { file: credential });
  if (await generateKeyFile(assertionFile, 'ES256')) logEvent(logger, 'keys-made', { file: assertionFile });

  const watch = <K extends VerificationKeys>(paths: readonly string[], load: () => Promise<K>) =>
    watchKeyFiles(paths, load, {
      onChange: (keys) =>
        logEvent(logger, 'keys-loaded', { file: paths.join(', '), keys: keys.verification.size }),
      onError: (fault) => logEvent(logger, 'keys-fault', { file: paths.join(', '), fault }),
    });
  const paths = credential === undefined ? files : [credential, ...files];
  const verification = await watch(paths, () => loadVerificationKeys(paths));
  try {
    const assertion = await watch([assertionFile], () => loadSigningKeys(assertionFile, 'ES256'));
    return {
      verification,
      assertion,
      close: () => {
        verification.close();
        assertion.close();
      },
    };
  } catch (error) {
    verification.close();
    throw error;
  }
}

async function followStore(
  config: Config,
  store: Store,
  logger: Logger,
  metrics: Metrics,
  policyFaults: PolicyFaults,
): Promise<Replica<Picture>> {
  const settings = pictureSettings(config);
  const noteFaults = (picture: Picture) => {
    metrics.setStoreRevision(picture.position.revision);
    policyFaults.note(picture.faults);
  };
  const replica = await openReplica<Picture>({
    store,
    build: (stored, previous) => buildPicture(stored, settings, previous),
    onPicture: (picture) => {
      logEvent(logger, 'store-changed', { revision: picture.position.revision });
      noteFaults(picture);
    },
    onFault: (fault) => logEvent(logger, 'store-fault', { fault }),
    limits: config.cache,
  });
  noteFaults(replica.picture);
  return replica;
}

function createCheckParts(config: Config, replica: Replica<Picture>, keys: Keys): CheckParts {
  const { assertion } = config;
  const signer = createAssertionSigner({ keys: keys.assertion, lifetime: assertion.lifetimeMs / 1000 });
  const assertions = createAssertionCache({ signer });
  return {
    picture: () => freshPicture(replica, config.store.maxStalenessMs),
    tokens: createVerifier(config, keys.verification),
    callers: createCallerDirectory(replica, config.cache.credentials),
    assertionFor: (caller, binding, now) =>
      assertionFor(assertions, assertion.audience, caller, binding, now),
    clock: Date.now,
    settings: checkSettings(config),
  };
}

function createVerifier(
  config: Config,
  keys: KeySource<Pick<VerificationKeys, 'verification'>>,
): TokenVerifier {
  const { tokens, pomerium } = config;
  return createTokenVerifier({
    keys,
    issuer: config.issuer,
    audience: config.audience.mesh,
    clockTolerance: tokens.clockToleranceMs / 1000,
    cacheSize: tokens.cacheSize,
    ...(tokens.maxLifetimeMs !== undefined && { maxLifetime: tokens.maxLifetimeMs / 1000 }),
    ...(pomerium && {
      pomerium: {
        secret: pomerium.sharedSecret.reveal(),
        ...(pomerium.acceptUntil !== undefined && { acceptUntil: Date.parse(pomerium.acceptUntil) }),
      },
    }),
  });
}

function checkSettings(config: Config): CheckSettings {
  const clientCa = config.clientCa === undefined ? undefined : readFileSync(config.clientCa, 'utf8');
  return {
    serveNamespace: config.serve.namespace,
    unmatched: config.unmatched === 'deny' ? undefined : config.unmatched,
    enforcement: config.enforcement,
    sourceIp: config.sourceIp,
    readClientCertificate: createClientCertificateReader(clientCa),
  };
}

function pictureSettings({ clientCa, clientCertificates }: Config): PictureSettings {
  const verifiesClientCertificates = clientCa !== undefined;
  return {
    verifiesClientCertificates,
    requiresClientCertificates: verifiesClientCertificates && clientCertificates === 'required',
  };
}

/** What `explain` judges with: what the sidecar would, on the same store and keys, but that it signs nothing. */
export async function openExplaining(config: Config, store: Store): Promise<Explaining> {
  const policies = pictureSettings(config);
  const replica = await openReplica({ store, build: (stored) => buildPicture(stored, policies) });
  const { picture } = replica;
  return {
    parts: {
      picture: () => picture,
      assertionFor: (_caller, binding) => binding.audience ?? config.assertion.audience,
      settings: checkSettings(config),
    },
    sources: replica,
    async tokens() {
      const paths = config.keys.verification.concat(config.keys.credential ?? []);
      return createVerifier(config, { current: await loadVerificationKeys(paths), generation: 0 });
    },
    rehearse: createRehearsal({
      realm: config.realm,
      claimHeaders: config.assertion.claimHeaders,
      answersKept: 1,
      onClaimOmitted: () => undefined,
    }),
    close: () => replica.close(),
  };
}

/** What memory holds, as long as it may still be true: past the bound on staleness nothing is decided. */
function freshPicture(replica: Replica<Picture>, maxStalenessMs: number): Picture {
  const age = performance.now() - replica.lastContact;
  if (age <= maxStalenessMs) return replica.picture;
  throw new StoreUnavailable(`nothing has been heard from the store for ${Math.round(age / 1000)} s`);
}

function assertionFor(
  assertions: AssertionCache,
  configured: string | undefined,
  caller: Caller,
  binding: Binding,
  now: number,
): string | undefined | Promise<string> {
  const audience = binding.audience ?? configured;
  if (audience === undefined) return undefined;
  const { userId, email, name, groups, account } = caller;
  const claims = () => ({ audience, userId, accountId: account.id, email, name, groups });
  return assertions.assertionFor(caller, `${binding.stamp} ${audience}`, claims, now);
}

function listenForEnvoy(
  config: Config,
  parts: CheckParts,
  logger: Logger,
  metrics: Metrics,
): Promise<EnvoyServer> {
  const logDecision = createDecisionLog(logger, config.log.decisions, config.sourceIp);
  return createEnvoyServer({
    listen: config.listen.map(readListener),
    check: (request) => check(parts, request),
    checkTimeoutMs: config.checkTimeoutMs,
    realm: config.realm,
    claimHeaders: config.assertion.claimHeaders,
    answersKept: config.cache.credentials,
    onClaimOmitted: (header) => {
      metrics.recordClaimHeaderLeftOut();
      logEvent(logger, 'claim-header-left-out', { header });
    },
    onClientRefused: () => metrics.recordFailure('client-refused'),
    onDecision: ({ decision, request, durationMs }) => {
      metrics.recordDecision(decision, durationMs);
      logDecision(decision, request, durationMs);
    },
    onFailure: ({ kind, request, error, durationMs }) => {
      metrics.recordFailure(kind, durationMs);
      logEvent(logger, 'check-failed', { kind, fault: error, ...(request && { request_id: request.id }) });
    },
  });
}

/** Reads the PEM files that a listener names. */
function readListener({ address, tls, mode }: Listener): ListenAddress {
  if (address.kind === 'unix') return { ...address, mode };
  if (!tls) return address;
  const { cert, key, clientCa, allowedClients } = tls;
  return {
    ...address,
    tls: {
      cert: readFileSync(cert),
      key: readFileSync(key),
      ...(clientCa !== undefined && { clientCa: readFileSync(clientCa), allowedClientNames: allowedClients }),
    },
  };
}

interface Readiness {
  /** True, or why not. */
  ready(): true | string;
  close(): void;
}

const READINESS_INTERVAL_MS = 100;

/** Health follows the store: SERVING as long as what memory holds may still be true. */
function watchReadiness(
  config: Config,
  replica: Replica<Picture>,
  server: EnvoyServer,
  logger: Logger,
  metrics: Metrics,
): Readiness {
  let serving = false;
  let stopping = false;
  const ready = (): true | string => {
    if (stopping) return 'the sidecar is stopping';
    const age = performance.now() - replica.lastContact;
    return (
      age <= config.store.maxStalenessMs ||
      `nothing has been heard from the store for ${Math.round(age / 1000)} s`
    );
  };
  const look = () => {
    const state = ready();
    if ((state === true) === serving) return;
    serving = state === true;
    server.setServing(serving);
    metrics.setServing(serving);
    if (state === true) logEvent(logger, 'serving', { revision: replica.position.revision });
    else logEvent(logger, 'not-serving', { problem: state });
  };
  for (const address of server.addresses) logEvent(logger, 'listening', { listener: 'ext_authz', address });
  look();
  const timer = setInterval(look, READINESS_INTERVAL_MS);
  return {
    ready,
    close: () => {
      clearInterval(timer);
      stopping = true;
    },
  };
}

async function listenForHttp(
  listener: Listener,
  readiness: Readiness,
  keys: Keys,
  logger: Logger,
  metrics: Metrics,
  policyFaults: PolicyFaults,
) {
  const http = await startHttpServer(listener, {
    ready: () => readiness.ready(),
    policyFaults: () => policyFaults.current,
    jwks: () => assertionJwks(keys.assertion.current),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    onFault: (fault) => logEvent(logger, 'http-fault', { fault }),
  });
  logEvent(logger, 'listening', { listener: 'http', address: http.address });
  return http;
}
