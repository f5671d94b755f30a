import { placeOfStore } from '../../config/store-place.ts';
import { machineAccess } from '../../operations/access.ts';
import type { CliContext } from '../cli-context.ts';
import { type CommonOptions, loadCommandConfig } from '../command-options.ts';
import { localAccounts } from './local-accounts.ts';
import { localRecords } from './local-records.ts';
import { localResources } from './local-resources.ts';
import type { Operator } from './operator.ts';

/** Works on the configured store, as whoever is at this machine. */
export async function openLocalOperator(
  context: CliContext,
  options: Pick<CommonOptions, 'config' | 'set'>,
): Promise<Operator> {
  const config = loadCommandConfig(context, options);
  const store = await context.openStore(config);
  const access = machineAccess(context.user, context.host, context.clock);
  const parts = { context, config, store, access };
  return {
    server: undefined,
    place: `the store in ${placeOfStore(config)}`,
    ...localAccounts(parts),
    ...localResources(parts),
    ...localRecords(parts),
    close: () => store.close(),
  };
}
