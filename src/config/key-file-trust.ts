import type { Config } from './config.ts';

/** Which private key files the configuration accepts. */
export function keyFileTrust({ keys }: Pick<Config, 'keys'>): { readonly rootGroup: boolean } {
  return { rootGroup: keys.allowGroup === 0 };
}
