import type { Redis } from 'ioredis';
import type { ServerAddress } from '../server-address.ts';

/** A connection to the server that holds our keys and takes writes. */
export interface PrimaryConnection {
  readonly redis: Redis;
  readonly address: ServerAddress;
}

/** Finds that server. */
export interface PrimaryResolver {
  /** For messages. */
  readonly where: string;
  /** Rejects with `StoreUnavailable`. */
  open(signal: AbortSignal): Promise<PrimaryConnection>;
  /** Whether, as far as is known now, that server is still the primary. */
  confirms(address: ServerAddress): boolean;
  /** Calls `listener` when another server is known to have taken over; returns what ends that. */
  onMove(listener: (address: ServerAddress) => void): () => void;
  close(): void;
}
