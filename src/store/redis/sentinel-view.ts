import { asError } from '../as-error.ts';
import { withDeadline } from '../deadline.ts';
import { retryDelay, wait } from '../retry.ts';
import { formatServer, type ServerAddress } from '../server-address.ts';
import { connect, type ServerLogin } from './connect.ts';
import { describeRedisFault } from './redis-fault.ts';
import { asList, asText } from './replies.ts';

/** Milliseconds between two questions. */
const INTERVAL = 200;
/** An answer counts for so many milliseconds. */
const FRESH = 500;

export interface SentinelQuestion {
  readonly sentinel: ServerAddress;
  /** Of the group of servers. */
  readonly name: string;
  readonly access: ServerLogin;
  readonly signal: AbortSignal;
  onAnswer(): void;
}

/** The answers of one Sentinel, which is polled on one connection. */
export class SentinelView {
  readonly #question: SentinelQuestion;
  #primary: ServerAddress | undefined;
  #at = Number.NEGATIVE_INFINITY;
  #fault: Error | undefined;

  constructor(question: SentinelQuestion) {
    this.#question = question;
    void this.#run();
  }

  /** The primary by a fresh answer of this Sentinel; undefined without one. */
  get primary(): ServerAddress | undefined {
    return performance.now() - this.#at <= FRESH ? this.#primary : undefined;
  }

  /** Why the last question failed. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  async #run(): Promise<void> {
    const { signal } = this.#question;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.#converse(() => {
          failures = 0;
        });
      } catch (error) {
        this.#primary = undefined;
        this.#fault = asError(error);
        this.#question.onAnswer();
      }
      await wait(retryDelay(Math.max(1, failures)), signal);
    }
  }

  async #converse(onAnswer: () => void): Promise<void> {
    const { sentinel, name, access, signal } = this.#question;
    const redis = await connect(sentinel, access, signal);
    const stop = () => redis.disconnect();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const asked = performance.now();
        const reply = await withDeadline(redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name), FRESH);
        if (reply === null) throw new Error(`it knows no group of servers called ${name}`);
        const [host, port] = asList(reply).map(asText);
        this.#primary = host === undefined ? undefined : { host, port: Number(port) };
        this.#at = asked;
        this.#fault = undefined;
        onAnswer();
        this.#question.onAnswer();
        await wait(INTERVAL, signal);
      }
    } catch (error) {
      throw describeRedisFault(error, `${formatServer(sentinel)} (Sentinel)`);
    } finally {
      signal.removeEventListener('abort', stop);
      redis.disconnect();
    }
  }
}
