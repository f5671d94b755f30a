import type { Explaining } from '../check/explaining.ts';
import { buildPicture } from '../check/picture.ts';
import type { Config } from '../config/config.ts';
import { createRehearsal } from '../envoy/rehearse-check.ts';
import type { Store } from '../store/port.ts';
import { openReplica } from '../store/replica.ts';
import { loadVerificationKeys } from '../tokens/key-file.ts';
import { checkSettings, createVerifier, pictureSettings } from './check-settings.ts';
import { keyFileTrust } from './open-keys.ts';

/** What `explain` judges with: what the sidecar would, on the same store and keys, but that it signs nothing. */
export async function openExplaining(config: Config, store: Store): Promise<Explaining> {
  const policies = pictureSettings(config);
  const replica = await openReplica({ store, build: (stored) => buildPicture(stored, policies) });
  const { picture } = replica;
  return {
    parts: {
      picture: () => picture,
      assertionFor: (_caller, binding) => binding.audience ?? config.assertion.audience,
      settings: checkSettings(config),
    },
    sources: replica,
    async tokens() {
      const paths = config.keys.verification.concat(config.keys.credential ?? []);
      return createVerifier(config, {
        current: await loadVerificationKeys(paths, keyFileTrust(config)),
        generation: 0,
      });
    },
    rehearse: createRehearsal({
      realm: config.realm,
      claimHeaders: config.assertion.claimHeaders,
      answersKept: 1,
      onClaimOmitted: () => undefined,
    }),
    close: () => replica.close(),
  };
}
