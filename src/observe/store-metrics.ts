import { Gauge, type Registry } from 'prom-client';

/** Adds a gauge that is read on scrape. It is absent while `read` returns undefined. */
export function addGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | undefined,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const value = read();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** The contact with the store, for metrics. */
export interface ObservedContact {
  readonly up: boolean;
  /** On the clock of `performance.now()`; undefined before the first contact. */
  readonly at: number | undefined;
}

/** What a process knows about its store. */
export interface StoreMetrics {
  readonly contact: () => ObservedContact;
  /** Whether it accepted writes at the last contact; absent if the process does not check. */
  readonly writable?: () => boolean;
  /** How long Checks are answered from memory; absent in a process that answers none. */
  readonly maxStalenessMs?: number;
}

/** Adds whether the store answers and takes writes, and how old the last contact is. */
export function addStoreMetrics(
  registry: Registry,
  { contact, writable, maxStalenessMs }: StoreMetrics,
): void {
  addGauge(registry, 'sallyport_store_up', '1 while there is contact with the store, else 0.', () =>
    contact().up ? 1 : 0,
  );
  addGauge(
    registry,
    'sallyport_store_last_contact_seconds',
    'Seconds since the last contact with the store. Absent before the first.',
    () => {
      const { at } = contact();
      return at === undefined ? undefined : (performance.now() - at) / 1000;
    },
  );
  if (writable)
    addGauge(
      registry,
      'sallyport_store_writable',
      '1 while the store takes writes, 0 while it only answers reads or does not answer: nothing can be revoked then.',
      () => (writable() ? 1 : 0),
    );
  if (maxStalenessMs !== undefined)
    addGauge(
      registry,
      'sallyport_store_max_staleness_seconds',
      'Seconds after the last contact with the store from which on Checks fail.',
      () => maxStalenessMs / 1000,
    );
}

/** Adds how many settings name files that can't be used now. */
export function addFileMetrics(registry: Registry, failing: () => number): void {
  addGauge(
    registry,
    'sallyport_file_faults',
    'Settings whose files (keys, certificates, passwords) cannot be used; what was read before stays in use.',
    failing,
  );
}
