import { join } from 'node:path';
import { storeOf } from '../store/drivers.ts';
import type { Config } from './config.ts';

/** Which private key files the configuration accepts. */
export function keyFileTrust({ keys }: Pick<Config, 'keys'>): { readonly rootGroup: boolean } {
  return { rootGroup: keys.allowGroup === 0 };
}

/**
 * The file for the public half of `keys.credential`, in the folder of the embedded store. The sidecar never opens the private
 * half. Undefined with Redis, where an operator distributes public keys.
 */
export function publicKeyFile({ keys, store }: Pick<Config, 'keys' | 'store'>): string | undefined {
  if (keys.credential === undefined || !storeOf({ store }).capabilities.makesKeys) return undefined;
  return join(store.embedded.path, 'keys', 'credential.public.jwks.json');
}
