import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { addLogMetrics } from './log-metrics.ts';
import type { Logger } from './logger.ts';
import type { SidecarContent } from './sidecar-routes.ts';

/** @returns how many credentials expire within so many days, by days; undefined if that is not known */
export type CountedExpiring = () => Readonly<Record<number, number>> | undefined;

/** Metrics of the control plane's process and of what it counts, in a registry of their own. */
export function createProcessMetrics(
  expiring: CountedExpiring,
  logger: Pick<Logger, 'problems'>,
): NonNullable<SidecarContent['metrics']> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addLogMetrics(registry, logger);
  new Gauge({
    name: 'sallyport_credentials_expiring',
    help: 'Active credentials that expire within so many days. Absent while the store is unavailable.',
    labelNames: ['within'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [days, count] of Object.entries(expiring() ?? {})) this.set({ within: `${days}d` }, count);
    },
  });
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
