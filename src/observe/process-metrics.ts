import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Logger } from './logger.ts';
import { addFileMetrics, addStoreMetrics, type ObservedContact } from './store-metrics.ts';

/** Counts of active credentials. */
export interface CountedCredentials {
  /** By purpose, how many expire within so many days, by days. */
  readonly expiring: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** By the `kid` that signed them. */
  readonly byKey: ReadonlyMap<string, number>;
}

/** Gauges with a counter's name, which `promtool check metrics` refuses. Those without `_total` have the same values. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** Adds metrics of Node and the process, and `sallyport_build_info`. @param version of this program */
export function collectProcessMetrics(registry: Registry, version: string): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: 'sallyport_build_info',
    help: 'Always 1. The labels name the versions of sallyport and Node.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version, node_version: process.version }, 1);
}

export interface ProcessMetricsOptions {
  /** Of this program. */
  readonly version: string;
  /** Whose problems to count. */
  readonly logger: Pick<Logger, 'problems'>;
  /** Undefined if they are not known. */
  readonly credentials: () => CountedCredentials | undefined;
  readonly contact: () => ObservedContact;
  /** Settings whose files hold what can't be used. */
  readonly fileFaults: () => number;
}

/** Metrics of the control plane's process and of what it counts, in a registry of their own. */
export function createProcessMetrics({
  version,
  logger,
  credentials,
  contact,
  fileFaults,
}: ProcessMetricsOptions): () => Promise<{ readonly contentType: string; readonly text: string }> {
  const registry = new Registry();
  collectProcessMetrics(registry, version);
  addLogMetrics(registry, logger);
  addStoreMetrics(registry, { contact });
  addFileMetrics(registry, fileFaults);
  new Gauge({
    name: 'sallyport_credentials_expiring',
    help: 'Active credentials that expire within so many days. Absent while the store is unavailable.',
    labelNames: ['purpose', 'within'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [purpose, counts] of Object.entries(credentials()?.expiring ?? {}))
        for (const [days, count] of Object.entries(counts)) this.set({ purpose, within: `${days}d` }, count);
    },
  });
  new Gauge({
    name: 'sallyport_credentials_active',
    help: 'Active credentials by the key that signed them; an empty kid if none is recorded. Absent while the store is unavailable.',
    labelNames: ['kid'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [kid, count] of credentials()?.byKey ?? []) this.set({ kid }, count);
    },
  });
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}

/** Counts problems, whether or not each had a line in the log. */
export function addLogMetrics(registry: Registry, { problems }: Pick<Logger, 'problems'>): void {
  new Counter({
    name: 'sallyport_log_problems_total',
    help: 'Events of level warn and above, written to the log or only counted there.',
    labelNames: ['event'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [event, count] of problems) this.inc({ event }, count);
    },
  });
}
