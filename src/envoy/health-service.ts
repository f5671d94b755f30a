import type { Server } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatus } from 'grpc-health-check';
import { AUTHORIZATION } from './service-definitions.ts';

/** The whole server, and the one service that matters. */
const SERVICES = ['', AUTHORIZATION];

interface Watch {
  end(): void;
  once(event: 'cancelled' | 'close', listener: () => void): unknown;
}

/** `grpc.health.v1.Health`; NOT_SERVING until `setServing(true)`. */
export class HealthService {
  readonly #health = new HealthImplementation(statuses('NOT_SERVING'));
  readonly #watches = new Set<Watch>();
  #stopped = false;

  addTo(server: Server): void {
    this.#health.addToServer({
      addService: (definition, implementation) => {
        const { watch, ...rest } = implementation;
        server.addService(definition, {
          ...rest,
          watch: (call: Watch) => {
            this.#watches.add(call);
            call.once('cancelled', () => this.#watches.delete(call));
            Reflect.apply(watch ?? notThere, undefined, [call]);
          },
        });
      },
    });
  }

  setServing(serving: boolean): void {
    if (this.#stopped) return;
    for (const service of SERVICES) this.#health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** NOT_SERVING from now on; later calls of `setServing` have no effect. */
  stopServing(): void {
    this.setServing(false);
    this.#stopped = true;
  }

  /** Ends the streams of watchers, which would keep a draining server open. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }
}

function statuses(status: ServingStatus): Record<string, ServingStatus> {
  return Object.fromEntries(SERVICES.map((service) => [service, status]));
}

function notThere(): never {
  throw new Error('grpc-health-check has no Watch');
}
