import type { Redis } from 'ioredis';
import { asError } from '../as-error.ts';
import { StoreUnavailable } from '../port.ts';
import { retryDelay } from '../retry-delay.ts';
import { wait } from '../wait.ts';
import { DeadlinePassed, withDeadline } from './deadline.ts';
import { formatServer, sameServer } from './format-server.ts';
import { openPrimary } from './open-primary.ts';
import type { PrimaryConnection, PrimaryResolver } from './primary-resolver.ts';
import { describeFault, isWrongServer } from './redis-fault.ts';

/** So many calls in a row without an answer in time are no accident: the server hangs, or the way to it does. */
const MAX_LATE = 3;

export interface LinkOptions {
  readonly finder: PrimaryResolver;
  /** Milliseconds in which a new connection must have answered. */
  readonly connectTimeout: number;
  /** Calls under way at once. */
  readonly maxCalls: number;
}

/**
 * A connection to the primary that is made anew when it breaks, hangs or leads to a server that is none any more. While
 * there is none, calls fail at once instead of piling up; a new connection that answers is the probe that ends this.
 */
export class PrimaryLink {
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  readonly #endWatch: () => void;
  #connection: PrimaryConnection | undefined;
  #fault: Error;
  #calls = 0;
  #late = 0;

  /** Opens the first connection. Rejects with `StoreUnavailable` or `StoreFormatError`. */
  static async open(options: LinkOptions): Promise<PrimaryLink> {
    const link = new PrimaryLink(options);
    try {
      await link.#connect();
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#fault = new StoreUnavailable(`Redis at ${options.finder.where}: not connected yet`);
    this.#endWatch = options.finder.onMove((primary) => {
      const address = this.#connection?.address;
      if (address && !sameServer(address, primary))
        this.#drop(`Redis at ${formatServer(address)} is not the primary any more`);
    });
  }

  /**
   * What `send` gets from the server, within so many milliseconds. Rejects with `StoreUnavailable`; what was sent may have
   * been done all the same.
   */
  async call<T>(timeout: number, send: (redis: Redis) => Promise<T>): Promise<T> {
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
      throw this.#judge(error, connection);
    } finally {
      this.#calls -= 1;
    }
  }

  close(): void {
    this.#closing.abort();
    this.#endWatch();
    this.#fault = new StoreUnavailable(`the store in Redis at ${this.#options.finder.where} is closed`);
    this.#connection?.redis.disconnect();
    this.#connection = undefined;
  }

  #judge(error: unknown, connection: PrimaryConnection): Error {
    const fault = describeFault(error, formatServer(connection.address));
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
        if (!signal.aborted) this.#fault = new StoreUnavailable(asError(error).message);
      }
    }
  }

  async #connect(): Promise<void> {
    const { finder, connectTimeout } = this.#options;
    const connection = await openPrimary(finder, connectTimeout, this.#closing.signal);
    const { redis, address } = connection;
    if (this.#closing.signal.aborted) {
      redis.disconnect();
      throw this.#fault;
    }
    this.#connection = connection;
    redis.once('close', () => {
      if (this.#connection === connection)
        this.#drop(`Redis at ${formatServer(address)}: the connection was cut`);
    });
    // It may have broken between its last answer and now.
    if (redis.status !== 'ready') this.#drop(`Redis at ${formatServer(address)}: the connection was cut`);
  }
}
