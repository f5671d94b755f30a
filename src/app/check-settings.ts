import { createGroupFilter } from '../accounts/group-filter.ts';
import type { CheckSettings } from '../check/check.ts';
import type { Config } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import type { IdentitySettings } from '../envoy/claim-headers.ts';
import type { ReadClientCertificate } from '../policy/client-certificate-reader.ts';
import type { SnapshotSettings } from '../snapshot/snapshot.ts';
import type { KeySource, VerificationKeys } from '../tokens/key-set.ts';
import { createTokenVerifier, type TokenVerifier } from '../tokens/token-verifier.ts';

// Settings that the sidecar and `explain` share, so that both decide alike.

/** Verifies tokens of the mesh. */
export function createVerifier(
  config: Config,
  keys: KeySource<Pick<VerificationKeys, 'verification'>>,
  sharedSecret: Secret | undefined,
): TokenVerifier {
  const { tokens, pomerium } = config;
  return createTokenVerifier({
    keys,
    issuer: config.issuer,
    audience: config.audience.mesh,
    clockTolerance: tokens.clockToleranceMs / 1000,
    cacheSize: tokens.cacheSize,
    ...(tokens.maxLifetimeMs !== undefined && { maxLifetime: tokens.maxLifetimeMs / 1000 }),
    ...(sharedSecret && {
      pomerium: {
        secret: sharedSecret.reveal(),
        ...(pomerium?.acceptUntil !== undefined && { acceptUntil: Date.parse(pomerium.acceptUntil) }),
      },
    }),
  });
}

export function checkSettings(config: Config, readClientCertificate: ReadClientCertificate): CheckSettings {
  return {
    serveNamespace: config.serve.namespace,
    unmatched: config.unmatched,
    enforcement: config.enforcement,
    sourceIp: config.sourceIp,
    readClientCertificate,
  };
}

/** The identity that upstreams receive. */
export function identitySettings({ assertion }: Config): IdentitySettings {
  return {
    claimHeaders: assertion.claimHeaders,
    filterGroups: createGroupFilter(assertion.groups),
    maxHeaderBytes: assertion.maxBytes,
  };
}

export function snapshotSettings({ clientCa, clientCertificates, serve }: Config): SnapshotSettings {
  const verifiesClientCertificates = clientCa !== undefined;
  return {
    verifiesClientCertificates,
    namespaces: serve.namespaces,
    requiresClientCertificates: verifiesClientCertificates && clientCertificates === 'required',
  };
}
