import type { Redis } from 'ioredis';
import { asError } from '../as-error.ts';
import { DeadlinePassed, withDeadline } from '../deadline.ts';
import { StoreUnavailable } from '../port.ts';
import { retryDelay, wait } from '../retry.ts';
import { formatServer, sameServer } from '../server-address.ts';
import { openPrimary, type VerifiedPrimary } from './open-primary.ts';
import type { PrimaryConnection, PrimaryResolver } from './primary-resolver.ts';
import { describeRedisFault, isWrongServer } from './redis-fault.ts';

/** After so many timeouts in a row, the server or the connection counts as hanging. */
const MAX_LATE = 3;

export interface LinkOptions {
  readonly resolver: PrimaryResolver;
  /** Milliseconds in which a new connection must have answered. */
  readonly connectTimeout: number;
  /** Calls under way at once. */
  readonly maxCalls: number;
  /** Called with each new connection until it succeeds once; the connection is not used before. */
  prepare?(primary: VerifiedPrimary): Promise<void>;
}

/**
 * A connection to the primary, opened by the first call and opened again if it breaks, hangs or leads to a former primary.
 * Calls wait for the first attempt only. While later attempts run in the background, calls fail at once.
 */
export class PrimaryLink {
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  readonly #endWatch: () => void;
  #connection: PrimaryConnection | undefined;
  #firstAttempt: Promise<void> | undefined;
  #attempted = false;
  #prepared = false;
  #fault: Error;
  #calls = 0;
  #late = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#fault = new StoreUnavailable(`Redis at ${options.resolver.where}: not connected yet`);
    this.#endWatch = options.resolver.onMove((primary) => {
      const address = this.#connection?.address;
      if (address && !sameServer(address, primary))
        this.#drop(`Redis at ${formatServer(address)} is not the primary any more`);
    });
  }

  /**
   * Resolves once the first attempt has connected. Rejects with `StoreUnavailable` or `StoreFormatError` if it has not; further
   * attempts follow in the background.
   */
  open(): Promise<void> {
    this.#firstAttempt ??= this.#connect()
      .catch((error: unknown) => {
        this.#noteFailure(error);
        void this.#reconnect();
        throw error;
      })
      .finally(() => {
        this.#attempted = true;
      });
    return this.#firstAttempt;
  }

  /**
   * Resolves with the result of `send`, within so many milliseconds. Rejects with `StoreUnavailable`; the server may have
   * run the command anyway.
   */
  async call<T>(timeout: number, send: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.#attempted) await this.open();
    const connection = this.#connection;
    if (!connection) throw this.#fault;
    if (this.#calls >= this.#options.maxCalls)
      throw new StoreUnavailable(
        `Redis at ${formatServer(connection.address)}: ${this.#calls} calls wait for it already`,
      );
    this.#calls += 1;
    try {
      const result = await withDeadline(send(connection.redis), timeout);
      this.#late = 0;
      return result;
    } catch (error) {
      throw this.#describe(error, connection);
    } finally {
      this.#calls -= 1;
    }
  }

  close(): void {
    this.#closing.abort();
    this.#endWatch();
    this.#fault = new StoreUnavailable(`the store in Redis at ${this.#options.resolver.where} is closed`);
    this.#connection?.redis.disconnect();
    this.#connection = undefined;
  }

  #describe(error: unknown, connection: PrimaryConnection): Error {
    const fault = describeRedisFault(error, formatServer(connection.address));
    if (this.#connection !== connection) return this.#closing.signal.aborted ? this.#fault : fault;
    this.#late = error instanceof DeadlinePassed ? this.#late + 1 : 0;
    if (this.#late >= MAX_LATE || isWrongServer(error)) this.#drop(fault.message);
    return fault;
  }

  #drop(problem: string): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = undefined;
    this.#late = 0;
    this.#fault = new StoreUnavailable(problem);
    connection.redis.disconnect();
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 1; !signal.aborted; failures++) {
      await wait(retryDelay(failures), signal);
      try {
        if (!signal.aborted) await this.#connect();
        return;
      } catch (error) {
        this.#noteFailure(error);
      }
    }
  }

  #noteFailure(error: unknown): void {
    if (!this.#closing.signal.aborted) this.#fault = new StoreUnavailable(asError(error).message);
  }

  async #connect(): Promise<void> {
    const { resolver, connectTimeout } = this.#options;
    const { signal } = this.#closing;
    if (signal.aborted) throw this.#fault;
    const connection = await openPrimary(resolver, connectTimeout, signal);
    const { redis, address } = connection;
    const abandon = () => redis.disconnect();
    signal.addEventListener('abort', abandon);
    try {
      if (!this.#prepared) await this.#options.prepare?.(connection);
      if (signal.aborted) throw this.#fault;
    } catch (error) {
      abandon();
      throw describeRedisFault(error, formatServer(address));
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    this.#prepared = true;
    this.#connection = connection;
    redis.once('close', () => {
      if (this.#connection === connection)
        this.#drop(`Redis at ${formatServer(address)}: the connection was cut`);
    });
    // It may have broken between its last answer and now.
    if (redis.status !== 'ready') this.#drop(`Redis at ${formatServer(address)}: the connection was cut`);
  }
}
