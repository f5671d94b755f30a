import { join } from 'node:path';
import type { Address } from '../sockets/address.ts';
import type { StoreConfig } from '../store/drivers.ts';
import { defaultAdminAudience } from './audience-section.ts';
import { freezeDeeply } from './freeze.ts';
import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';
import type { SettingFiles } from './setting-files.ts';
import type { SettingPath } from './setting-path.ts';

/** Files of a listener's TLS; absolute paths of PEM files that were readable when the configuration was loaded. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  /** Present: clients must show a certificate that it signed, and that carries one of `allowedClients`. */
  readonly clientCa: string | undefined;
  /** DNS or URI names, compared whole; not empty where `clientCa` is present. */
  readonly allowedClients: readonly string[];
}

export interface Listener {
  readonly address: Address;
  readonly tls: ListenerTls | undefined;
  readonly insecure: boolean;
  /** Of a Unix socket, such as 0o660. */
  readonly mode: number;
}

const DEFAULT_SOCKET_MODE = 0o660;

/** The whole configuration, checked. Paths are absolute, times are milliseconds. Frozen all the way down. */
export type Config = ReturnType<typeof buildConfig>;

/** Converts settings without mistakes. */
export function buildConfig(
  settings: Settings,
  {
    file,
    pomeriumSecret: { sharedSecret, sharedSecretFile },
    store,
    resolve,
  }: {
    file: string | undefined;
    pomeriumSecret: { sharedSecret: Secret | undefined; sharedSecretFile: string | undefined };
    store: StoreConfig;
    resolve: SettingFiles['resolve'];
  },
) {
  const { admin, assertion, audience, cache, http, keys, pomerium, tokens } = settings;
  const keyFile = (key: 'credential' | 'assertion') => {
    const named = keys[key];
    return named === undefined
      ? join(store.embedded.path, 'keys', `${key}.jwks.json`)
      : resolve(['keys', key], named);
  };
  return freezeDeeply({
    /** The file that was read; undefined if there was none. */
    file,
    listen: settings.listen.map((listener, index) => buildListener(listener, ['listen', index], resolve)),
    /** The sidecar's own. `listen` is undefined if it is `off`, here and below. */
    http: { listen: http.listen && buildListener(http.listen, ['http', 'listen'], resolve) },
    /** The control plane's. Sessions of browsers end after `lifetimeMs`, or `idleMs` without a request. */
    admin: {
      listen: admin.listen && buildListener(admin.listen, ['admin', 'listen'], resolve),
      session: { lifetimeMs: admin.session.lifetime, idleMs: admin.session.idle },
    },
    /** `storeOf` opens it. */
    store: { ...store, maxStalenessMs: settings.store.max_staleness },
    issuer: settings.issuer,
    audience: { mesh: audience.mesh, admin: audience.admin ?? defaultAdminAudience(audience.mesh) },
    keys: {
      /** Private key file that signs credentials; undefined where this machine only verifies. */
      credential: keys.credential === 'off' ? undefined : keyFile('credential'),
      verification: keys.verification.map((name, index) => resolve(['keys', 'verification', index], name)),
      assertion: keyFile('assertion'),
      /** 0: private key files may be readable by the group root. */
      allowGroup: keys.allow_group,
      algorithm: keys.algorithm,
    },
    assertion: {
      audience: assertion.audience,
      lifetimeMs: assertion.lifetime,
      claimHeaders: Object.entries(assertion.claim_headers).map(([suffix, claim]) => ({
        header: `x-pomerium-claim-${suffix}`,
        claim,
      })),
      /** Patterns of group ids; undefined: all groups. */
      groups: assertion.groups,
      /** Of all headers that an upstream gets. */
      maxBytes: assertion.max_bytes,
    },
    /** Undefined: Pomerium's tokens are rejected. The file is undefined if the secret cannot be read again. */
    pomerium: sharedSecret && { sharedSecret, sharedSecretFile, acceptUntil: pomerium.accept_until },
    /** User IDs that only an admin of `global` may give to an account. */
    directory: { reserved: settings.directory.reserved },
    tokens: {
      maxLifetimeMs: tokens.max_lifetime,
      clockToleranceMs: tokens.clock_tolerance,
      cacheSize: tokens.cache_size,
    },
    /** Undefined: `deny`. */
    unmatched: settings.unmatched === 'deny' ? undefined : settings.unmatched,
    /** `namespaces` is undefined for all of them. */
    serve: { namespace: settings.serve.namespace, namespaces: settings.serve.namespaces },
    sourceIp: settings.source_ip,
    clientCertificates: settings.client_certificates,
    clientCa: settings.client_ca === undefined ? undefined : resolve(['client_ca'], settings.client_ca),
    enforcement: settings.enforcement,
    checkTimeoutMs: settings.check_timeout,
    drainDelayMs: settings.drain_delay,
    shutdownGraceMs: settings.shutdown_grace,
    /** Undefined: no limit. */
    maxConnectionAgeMs: settings.max_connection_age,
    maxConnectionAgeGraceMs: settings.max_connection_age_grace,
    realm: settings.realm,
    log: { level: settings.log.level, decisions: settings.log.decisions },
    /** Stored decisions: the part of the allowing ones, and how many to keep; 0 stores none. */
    decisions: { sample: settings.decisions.sample, keep: settings.decisions.keep },
    cache: {
      credentials: cache.credentials,
      accounts: cache.accounts,
      directoryUsers: cache.directory_users,
    },
  });
}

function buildListener(
  listener: Settings['listen'][number],
  above: SettingPath,
  resolve: SettingFiles['resolve'],
): Listener {
  const { address, insecure, mode, tls } = listener;
  const at = (key: string, file: string) => resolve([...above, 'tls', key], file);
  return {
    address,
    insecure,
    mode: mode ?? DEFAULT_SOCKET_MODE,
    tls: tls && {
      cert: at('cert', tls.cert),
      key: at('key', tls.key),
      clientCa: tls.client_ca === undefined ? undefined : at('client_ca', tls.client_ca),
      allowedClients: tls.allowed_clients ?? [],
    },
  };
}
