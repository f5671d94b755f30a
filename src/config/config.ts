import type { NamePattern } from '../accounts/name-pattern.ts';
import type { NamespaceId } from '../accounts/namespace-id.ts';
import type { Enforcement } from '../accounts/namespace-schema.ts';
import type { StoreConfig } from '../store/drivers.ts';
import type { Address } from './address.ts';
import type { Secret } from './secret.ts';

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

/** A header `x-pomerium-claim-…` and the claim that fills it. */
export interface ClaimHeader {
  /** The whole name, lower case. */
  readonly header: string;
  readonly claim: string;
}

/** The whole configuration, checked. Paths are absolute, times are milliseconds. Frozen all the way down. */
export interface Config {
  /** The file that was read; undefined where there was none. */
  readonly file: string | undefined;
  readonly listen: readonly Listener[];
  /** The sidecar's own. */
  readonly http: {
    /** undefined: `off`. */
    readonly listen: Listener | undefined;
  };
  /** The control plane's. */
  readonly admin: {
    /** undefined: `off`. */
    readonly listen: Listener | undefined;
    /** Of browsers, from their start and without a request. */
    readonly session: { readonly lifetimeMs: number; readonly idleMs: number };
  };
  /** `storeOf` opens it. */
  readonly store: StoreConfig & { readonly maxStalenessMs: number };
  readonly issuer: string;
  readonly audience: { readonly mesh: string; readonly admin: string };
  readonly keys: {
    /** Private key file that signs credentials; undefined where this machine only verifies. */
    readonly credential: string | undefined;
    /** Public key files. */
    readonly verification: readonly string[];
    readonly assertion: string;
    /** 0: private key files may be readable by the group root. */
    readonly allowGroup: 0 | undefined;
    readonly algorithm: 'EdDSA' | 'ES256';
  };
  readonly assertion: {
    readonly audience: string | undefined;
    readonly lifetimeMs: number;
    readonly claimHeaders: readonly ClaimHeader[];
    /** Patterns of group ids; undefined: all groups. */
    readonly groups: readonly string[] | undefined;
    /** Of all headers that an upstream gets. */
    readonly maxBytes: number;
  };
  readonly directory: {
    /** User IDs that only an admin of `global` may give to an account. */
    readonly reserved: readonly NamePattern[];
  };
  /** undefined: Pomerium's tokens do not count. */
  readonly pomerium: PomeriumTokens | undefined;
  readonly tokens: {
    readonly maxLifetimeMs: number | undefined;
    readonly clockToleranceMs: number;
    readonly cacheSize: number;
  };
  /** undefined: `deny`. */
  readonly unmatched: NamespaceId | undefined;
  readonly serve: {
    readonly namespace: NamespaceId | undefined;
    /** undefined: all of them. */
    readonly namespaces: readonly NamespaceId[] | undefined;
  };
  readonly sourceIp: 'peer' | 'x-envoy-external-address';
  readonly clientCa: string | undefined;
  readonly clientCertificates: 'required' | 'by-policy';
  readonly enforcement: Enforcement;
  readonly checkTimeoutMs: number;
  readonly drainDelayMs: number;
  readonly shutdownGraceMs: number;
  /** undefined: no limit. */
  readonly maxConnectionAgeMs: number | undefined;
  readonly maxConnectionAgeGraceMs: number;
  readonly realm: string;
  readonly log: { readonly level: LogLevel; readonly decisions: 'all' | 'denied' | 'none' };
  /** Those that are stored: the part of the allowing ones, and how many stay; with 0 none are. */
  readonly decisions: { readonly sample: number; readonly keep: number };
  readonly cache: {
    readonly credentials: number;
    readonly accounts: number;
    readonly directoryUsers: number;
  };
}

export interface PomeriumTokens {
  /** 32 bytes. */
  readonly sharedSecret: Secret;
  /** Absolute path of the file that it was read from; undefined if it is in the configuration itself, or in a pipe. */
  readonly sharedSecretFile: string | undefined;
  /** An RFC 3339 time in UTC, as it was configured. */
  readonly acceptUntil: string | undefined;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
