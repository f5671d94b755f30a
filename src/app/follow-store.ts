import { buildPicture, type Picture } from '../check/picture.ts';
import type { Config } from '../config/config.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PolicyFaults } from '../observe/policy-faults.ts';
import type { Store } from '../store/port.ts';
import { openReplica, type Replica } from '../store/replica.ts';
import { pictureSettings } from './check-settings.ts';

/** Reads what decides into memory, and keeps it up with the store. */
export async function followStore(
  config: Config,
  store: Store,
  logger: Logger,
  metrics: Metrics,
  policyFaults: PolicyFaults,
): Promise<Replica<Picture>> {
  const settings = pictureSettings(config);
  const noteFaults = (picture: Picture) => {
    metrics.setStoreRevision(picture.position.revision);
    policyFaults.note(picture.faults);
  };
  const replica = await openReplica<Picture>({
    store,
    build: (stored, previous) => buildPicture(stored, settings, previous),
    onPicture: (picture) => {
      logEvent(logger, 'store-changed', { revision: picture.position.revision });
      noteFaults(picture);
    },
    onFault: (fault) => logEvent(logger, 'store-fault', { fault }),
    limits: config.cache,
  });
  noteFaults(replica.picture);
  return replica;
}
