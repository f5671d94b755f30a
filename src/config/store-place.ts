import { storeOf } from '../store/drivers.ts';
import type { Config } from './config.ts';

/** Where the configured store is, for people. */
export function placeOfStore(config: Pick<Config, 'store'>): string {
  return storeOf(config).where;
}
