import type { Redis } from 'ioredis';
import type { ServerAddress } from '../server-address.ts';

/** A connection to the server that holds our keys and takes writes. */
export interface PrimaryConnection {
  readonly redis: Redis;
  readonly address: ServerAddress;
}

/** Knows which server that is. */
export interface PrimaryResolver {
  /** For messages. */
  readonly where: string;
  /** Rejects with `StoreUnavailable`. */
  open(signal: AbortSignal): Promise<PrimaryConnection>;
  /** Whether, as far as can be told this moment, no other server has taken that one's place. */
  confirms(address: ServerAddress): boolean;
  /** Calls `listener` when another server is known to have taken over; returns what ends that. */
  onMove(listener: (address: ServerAddress) => void): () => void;
  close(): void;
}
