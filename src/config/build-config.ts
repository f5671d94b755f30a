import { join } from 'node:path';
import type { StoreConfig } from '../store/drivers.ts';
import { defaultAdminAudience } from './audience-section.ts';
import type { Config, Listener } from './config.ts';
import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';
import type { SettingFiles } from './setting-files.ts';
import type { SettingPath } from './setting-path.ts';

const DEFAULT_SOCKET_MODE = 0o660;

/** The configuration in the program's own words, from settings without mistakes. */
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
): Config {
  const { admin, assertion, audience, cache, http, keys, pomerium, tokens } = settings;
  const keyFile = (key: 'credential' | 'assertion') => {
    const named = keys[key];
    return named === undefined
      ? join(store.embedded.path, 'keys', `${key}.jwks.json`)
      : resolve(['keys', key], named);
  };
  return freezeDeeply({
    file,
    listen: settings.listen.map((listener, index) => buildListener(listener, ['listen', index], resolve)),
    http: { listen: http.listen && buildListener(http.listen, ['http', 'listen'], resolve) },
    admin: {
      listen: admin.listen && buildListener(admin.listen, ['admin', 'listen'], resolve),
      session: { lifetimeMs: admin.session.lifetime, idleMs: admin.session.idle },
    },
    store: { ...store, maxStalenessMs: settings.store.max_staleness },
    issuer: settings.issuer,
    audience: { mesh: audience.mesh, admin: audience.admin ?? defaultAdminAudience(audience.mesh) },
    keys: {
      credential: keys.credential === 'off' ? undefined : keyFile('credential'),
      verification: keys.verification.map((name, index) => resolve(['keys', 'verification', index], name)),
      assertion: keyFile('assertion'),
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
      groups: assertion.groups,
      maxBytes: assertion.max_bytes,
    },
    pomerium: sharedSecret && { sharedSecret, sharedSecretFile, acceptUntil: pomerium.accept_until },
    directory: { reserved: settings.directory.reserved },
    tokens: {
      maxLifetimeMs: tokens.max_lifetime,
      clockToleranceMs: tokens.clock_tolerance,
      cacheSize: tokens.cache_size,
    },
    unmatched: settings.unmatched === 'deny' ? undefined : settings.unmatched,
    serve: { namespace: settings.serve.namespace, namespaces: settings.serve.namespaces },
    sourceIp: settings.source_ip,
    clientCertificates: settings.client_certificates,
    clientCa: settings.client_ca === undefined ? undefined : resolve(['client_ca'], settings.client_ca),
    enforcement: settings.enforcement,
    checkTimeoutMs: settings.check_timeout,
    drainDelayMs: settings.drain_delay,
    shutdownGraceMs: settings.shutdown_grace,
    maxConnectionAgeMs: settings.max_connection_age,
    maxConnectionAgeGraceMs: settings.max_connection_age_grace,
    realm: settings.realm,
    log: { level: settings.log.level, decisions: settings.log.decisions },
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

function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freezeDeeply(part);
  return Object.freeze(value);
}
