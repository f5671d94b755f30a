import type { Config } from '../config/config.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RecordFaults } from '../observe/record-faults.ts';
import { createPolicyTextReader } from '../policy/policy-text-reader.ts';
import { buildSnapshotInSlices, type Snapshot } from '../snapshot/snapshot.ts';
import { storeOf } from '../store/drivers.ts';
import { openReplica } from '../store/open-replica.ts';
import type { Store } from '../store/port.ts';
import type { Replica } from '../store/replica.ts';
import { snapshotSettings } from './check-settings.ts';
import { createNamespaceNotes } from './configured-namespaces.ts';
import { createStoreFaults, type StoreContact } from './store-contact.ts';

/** Maximum random delay before a reload, in milliseconds, so that sidecars that share a store do not all read it at once. */
const RELOAD_JITTER_MS = 50;

/** The store in memory, kept up with it. */
export interface FollowedStore {
  readonly replica: Replica<Snapshot>;
  contact(): StoreContact;
  close(): Promise<void>;
}

/** Rejects if the store can't be read; a shared store that is unavailable now is awaited instead. */
export async function followStore(
  config: Config,
  store: Store,
  logger: Logger,
  metrics: Metrics,
  recordFaults: RecordFaults,
): Promise<FollowedStore> {
  const faults = createStoreFaults(logger);
  const settings = { ...snapshotSettings(config), textReader: createPolicyTextReader() };
  const noteNamespaces = createNamespaceNotes(config, logger);
  const note = (snapshot: Snapshot) => {
    metrics.setStoreRevision(snapshot.position.revision);
    recordFaults.note(snapshot.faults);
    noteNamespaces(snapshot);
  };
  const { shared } = storeOf(config).capabilities;
  const replica = await openReplica<Snapshot>({
    store,
    build: (stored, previous) => buildSnapshotInSlices(stored, settings, previous),
    onReady: note,
    onSnapshot: (snapshot) => {
      logEvent(logger, 'store-changed', { revision: snapshot.position.revision });
      note(snapshot);
    },
    onFault: (fault) => faults.note(fault),
    awaited: shared,
    onAwaiting: (fault) => logEvent(logger, 'store-awaited', { fault }),
    limits: config.cache,
    reloadJitter: shared ? RELOAD_JITTER_MS : 0,
  });
  return {
    replica,
    contact: () => ({
      up: replica.state === 'live',
      at: replica.awaiting === undefined ? replica.lastContact : undefined,
      problem: faults.last,
    }),
    close: () => replica.close(),
  };
}
