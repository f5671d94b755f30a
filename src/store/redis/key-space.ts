import type { RecordKind } from '../record.ts';

/** The names of all keys. Braces make the prefix a hash tag: in a Cluster all of them are in one slot, on one server. */
export interface KeySpace {
  /** Hash: what the store is, how far it got, how many records it holds. */
  readonly head: string;
  /** Stream: one entry a commit, its id the revision. */
  readonly log: string;
  /** Sorted set: credential ids by milliseconds. */
  readonly lastUsed: string;
  /** Stream of decisions. */
  readonly decisions: string;
  /** Hash: id → revision, a space, JSON. */
  records(kind: RecordKind): string;
  /** Sorted set of those ids, all of one score, which orders them by their bytes. */
  ids(kind: RecordKind): string;
  heartbeat(instance: string): string;
}

export function createKeySpace(prefix: string): KeySpace {
  const tag = `{${prefix}}`;
  return {
    head: `${tag}:head`,
    log: `${tag}:log`,
    lastUsed: `${tag}:last-used`,
    decisions: `${tag}:decisions`,
    records: (kind) => `${tag}:records:${kind}`,
    ids: (kind) => `${tag}:ids:${kind}`,
    heartbeat: (instance) => `${tag}:heartbeat:${instance}`,
  };
}
