import type { Replica, ReplicaOptions } from './replica-contract.ts';
import { StoreReplica } from './store-replica.ts';

export type { CachedRecord, RecordCache } from './record-cache.ts';
export type { Replica, ReplicaLimits, ReplicaOptions, ReplicaState } from './replica-contract.ts';
export { StoreWentBack } from './store-replica.ts';

/** Reads the first snapshot and follows the store from there. Rejects with `StoreUnavailable`, or with what `build` throws. */
export async function openReplica<P>(options: ReplicaOptions<P>): Promise<Replica<P>> {
  return StoreReplica.open(options);
}
