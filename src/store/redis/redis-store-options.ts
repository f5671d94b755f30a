import type { ServerAddress } from '../server-address.ts';

/** How this client logs in to a server. */
export interface RedisLogin {
  readonly username?: string;
  /** Asked at each connection, so that no option that might be printed holds it. */
  readonly password?: () => string;
  /** Reads the password again from its file. Called after a server has refused it. */
  readonly rereadPassword?: () => Promise<unknown>;
}

/** Where the store is: one server, what Sentinels say of a name, or the owner of one slot of a Cluster. */
export type RedisPlace =
  | { readonly kind: 'standalone'; readonly address: ServerAddress }
  | (RedisLogin & {
      readonly kind: 'sentinel';
      /** Of the group of servers that they watch. */
      readonly name: string;
      /** All of them: more than half must agree on the primary. */
      readonly nodes: readonly ServerAddress[];
    })
  | { readonly kind: 'cluster'; readonly nodes: readonly ServerAddress[] };

/** PEM. Without `ca` the system's authorities count. */
export interface RedisTls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** The name that certificates must carry, where it is not that of the address. */
  readonly serverName?: string | undefined;
}

const DEFAULTS = {
  /** All keys begin with it, in braces. */
  prefix: 'sallyport',
  /** Milliseconds that a read may take; below the default `check_timeout`. */
  commandTimeout: 150,
  /** Milliseconds that a commit, and one page of a snapshot or a list, may take. */
  transferTimeout: 5000,
  /** Milliseconds in which a connection must be there and have answered. */
  connectTimeout: 1000,
  /** Maximum reads in flight; further ones fail. */
  maxReads: 1000,
  /** How many replicas must have a commit before it is acknowledged. */
  waitReplicas: 0,
  /** Milliseconds that they may take. */
  waitTimeout: 1000,
  /** The servers' min-replicas-to-write, where they have one. */
  minReplicas: 1,
  /** Commits that the change log keeps. */
  logLength: 100_000,
  /** Decisions that their stream keeps, about. */
  decisionsLength: 100_000,
};

/** The numbers and names that every part may rely on. */
export type RedisSettings = Readonly<typeof DEFAULTS>;

export interface RedisStoreOptions extends RedisLogin, Partial<RedisSettings> {
  readonly place: RedisPlace;
  /** Asked at each connection. Absent: no TLS. */
  readonly tls?: () => RedisTls;
  /** Names this process among others in the heartbeats. Default: random. */
  readonly instance?: string;
  /** Whether this process is there to change records, or a sidecar. Default `write`. */
  readonly access?: 'read' | 'write';
  /**
   * Opens the store even if it is unavailable now. Connecting is retried in the background; until it succeeds, every call
   * rejects with `StoreUnavailable`.
   */
  readonly awaited?: boolean;
  /** Called with what an operator should know about the server, such as that it keeps nothing on disk. */
  onWarning?(warning: string): void;
}

const PREFIX = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** Throws RangeError for a prefix that would not be one hash tag. */
export function completeSettings(options: RedisStoreOptions): RedisSettings {
  const settings = { ...DEFAULTS, ...options };
  if (PREFIX.test(settings.prefix)) return settings;
  throw new RangeError('expected a prefix of letters, digits, dots, colons, hyphens and underscores');
}
