import { StoreUnavailable } from '../port.ts';
import { formatServer, type ServerAddress, sameServer } from '../server-address.ts';
import { connect, type ServerLogin } from './connect.ts';
import type { PrimaryResolver } from './primary-resolver.ts';
import { SentinelView } from './sentinel-view.ts';

/**
 * Finds the primary that more than half of all Sentinels name and no other contradicts. A former primary that is cut off
 * goes on answering, and a Sentinel that is cut off with it goes on naming it.
 */
export class SentinelResolver implements PrimaryResolver {
  readonly where: string;
  readonly #access: ServerLogin;
  readonly #closing = new AbortController();
  readonly #views: readonly SentinelView[];
  readonly #listeners = new Set<(address: ServerAddress) => void>();
  readonly #waiting = new Set<() => void>();

  constructor(
    { name, nodes }: { readonly name: string; readonly nodes: readonly ServerAddress[] },
    { server, sentinel: access }: { readonly server: ServerLogin; readonly sentinel: ServerLogin },
  ) {
    this.where = `${name} (Sentinels ${nodes.map(formatServer).join(', ')})`;
    this.#access = server;
    this.#views = nodes.map(
      (sentinel) =>
        new SentinelView({
          sentinel,
          name,
          access,
          signal: this.#closing.signal,
          onAnswer: () => this.#look(),
        }),
    );
  }

  async open(signal: AbortSignal) {
    const address = this.#agreed() ?? (await this.#agreement(signal));
    return { redis: await connect(address, this.#access, signal), address };
  }

  confirms(address: ServerAddress): boolean {
    const agreed = this.#agreed();
    return agreed !== undefined && sameServer(agreed, address);
  }

  onMove(listener: (address: ServerAddress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closing.abort();
    for (const look of this.#waiting) look();
  }

  #agreed(): ServerAddress | undefined {
    const named = this.#views.flatMap(({ primary }) => primary ?? []);
    const [first] = named;
    const enough = named.length > this.#views.length / 2;
    return first && enough && named.every((each) => sameServer(each, first)) ? first : undefined;
  }

  #look(): void {
    for (const look of this.#waiting) look();
    const agreed = this.#agreed();
    if (agreed) for (const listener of this.#listeners) listener(agreed);
  }

  #agreement(signal: AbortSignal): Promise<ServerAddress> {
    const ending = AbortSignal.any([
      signal,
      this.#closing.signal,
      AbortSignal.timeout(this.#access.connectTimeout),
    ]);
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(look);
        ending.removeEventListener('abort', giveUp);
      };
      const look = () => {
        const agreed = this.#agreed();
        if (!agreed) return;
        end();
        resolve(agreed);
      };
      const giveUp = () => {
        end();
        reject(this.#disagreement());
      };
      this.#waiting.add(look);
      ending.addEventListener('abort', giveUp);
      look();
    });
  }

  #disagreement(): StoreUnavailable {
    const said = this.#views.map(({ primary, fault }) =>
      primary ? `one names ${formatServer(primary)}` : (fault?.message ?? 'one did not answer'),
    );
    return new StoreUnavailable(
      `Redis at ${this.where}: more than half of the Sentinels must agree on the primary: ${said.join('; ')}`,
    );
  }
}
