import type { Config } from '../config/config.ts';
import { keyFileTrust } from '../config/key-files.ts';
import { readSharedSecretFile } from '../config/secret-file.ts';
import { createSimulator } from '../envoy/simulate-check.ts';
import type { Explaining } from '../explain/simulation.ts';
import { buildSnapshotInSlices, type Snapshot } from '../snapshot/snapshot.ts';
import { openReplica } from '../store/open-replica.ts';
import type { Store } from '../store/port.ts';
import type { Replica } from '../store/replica.ts';
import { loadVerificationKeys } from '../tokens/key-file.ts';
import { checkSettings, createVerifier, identitySettings, snapshotSettings } from './check-settings.ts';
import { readClientAuthorities } from './open-keys.ts';

/** Records of each kind to keep in memory. */
const KEPT = 1000;

/** What `explain` evaluates with: the same as the sidecar, except that it signs nothing. */
export async function openExplaining(config: Config, store: Store): Promise<Explaining> {
  const replica = await openExplainedReplica(config, store, () => undefined);
  return { ...explainingOn(config, replica), close: () => replica.close() };
}

/** Follows the store for `explain`. @param onFault called if it cannot be followed */
export function openExplainedReplica(
  config: Config,
  store: Store,
  onFault: (fault: Error) => void,
): Promise<Replica<Snapshot>> {
  const settings = snapshotSettings(config);
  return openReplica<Snapshot>({
    store,
    build: (stored, previous) => buildSnapshotInSlices(stored, settings, previous),
    limits: { credentials: KEPT, accounts: KEPT, directoryUsers: KEPT },
    onFault,
  });
}

/** The same for one request, on the current snapshot. */
export function explainingOn(config: Config, replica: Replica<Snapshot>): Omit<Explaining, 'close'> {
  const { snapshot } = replica;
  return {
    parts: {
      snapshot: () => snapshot,
      assertionFor: (_caller, binding) => {
        const audience = binding.audience ?? config.assertion.audience;
        return audience === undefined ? undefined : { jwt: audience, groupsLeftOut: 0 };
      },
      settings: checkSettings(config, readClientAuthorities(config.clientCa)),
    },
    sources: replica,
    async tokens() {
      const paths = config.keys.verification.concat(config.keys.credential ?? []);
      const { sharedSecret, sharedSecretFile } = config.pomerium ?? {};
      return createVerifier(
        config,
        { current: await loadVerificationKeys(paths, keyFileTrust(config)), generation: 0 },
        sharedSecretFile === undefined ? sharedSecret : readSharedSecretFile(sharedSecretFile),
      );
    },
    simulate: createSimulator({
      realm: config.realm,
      ...identitySettings(config),
      answersKept: 1,
      onClaimOmitted: () => undefined,
    }),
  };
}
