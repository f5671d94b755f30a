import { Gauge, type Registry } from 'prom-client';

/** How the store was heard from, as metrics tell it. */
export interface ObservedContact {
  readonly up: boolean;
  /** On the clock of `performance.now()`; undefined before the first contact. */
  readonly at: number | undefined;
}

/** What a process knows of its store. */
export interface StoreMetrics {
  readonly contact: () => ObservedContact;
  /** Whether it took writes when it was last heard from; absent in a process that does not look. */
  readonly writable?: () => boolean;
  /** How long Checks are answered from memory; absent in a process that answers none. */
  readonly maxStalenessMs?: number;
}

/** Adds whether the store answers and takes writes, and how old the last contact is. */
export function addStoreMetrics(
  registry: Registry,
  { contact, writable, maxStalenessMs }: StoreMetrics,
): void {
  const registers = [registry];
  new Gauge({
    name: 'sallyport_store_up',
    help: '1 while there is contact with the store, else 0.',
    registers,
    collect() {
      this.set(contact().up ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sallyport_store_last_contact_seconds',
    help: 'Seconds since the last contact with the store. Absent before the first.',
    registers,
    collect() {
      const { at } = contact();
      if (at === undefined) this.remove();
      else this.set((performance.now() - at) / 1000);
    },
  });
  if (writable)
    new Gauge({
      name: 'sallyport_store_writable',
      help: '1 while the store takes writes, 0 while it only answers reads or does not answer: nothing can be revoked then.',
      registers,
      collect() {
        this.set(writable() ? 1 : 0);
      },
    });
  if (maxStalenessMs !== undefined)
    new Gauge({
      name: 'sallyport_store_max_staleness_seconds',
      help: 'Seconds after the last contact with the store from which on Checks fail.',
      registers,
    }).set(maxStalenessMs / 1000);
}

/** Adds how many settings name files that can't be used now. */
export function addFileMetrics(registry: Registry, failing: () => number): void {
  new Gauge({
    name: 'sallyport_file_faults',
    help: 'Settings whose files (keys, certificates, passwords) can not be used; what was read before stays in use.',
    registers: [registry],
    collect() {
      this.set(failing());
    },
  });
}
