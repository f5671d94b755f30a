import { join } from 'node:path';
import { storeOf } from '../store/drivers.ts';
import type { Config } from './config.ts';

/** Which private key files the configuration accepts. */
export function keyFileTrust({ keys }: Pick<Config, 'keys'>): { readonly rootGroup: boolean } {
  return { rootGroup: keys.allowGroup === 0 };
}

/**
 * Where the public half of `keys.credential` is kept for the sidecar, which never opens the private one: in the embedded
 * store's folder, beside the key where that has no path of its own. Undefined where there is nothing to publish: with Redis,
 * public keys are handed out by an operator.
 */
export function publicKeyFile({ keys, store }: Pick<Config, 'keys' | 'store'>): string | undefined {
  if (keys.credential === undefined || !storeOf({ store }).capabilities.makesKeys) return undefined;
  return join(store.embedded.path, 'keys', 'credential.public.jwks.json');
}
