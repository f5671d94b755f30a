import type { Config } from '../config/config.ts';
import { machinePrincipal, type Principal } from '../operations/principal.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';
import type { CliContext } from './cli-context.ts';
import { type CommonOptions, loadCommandConfig } from './command-options.ts';

/** Runs a verb's work on the configured store, and closes it whatever happens. */
export async function withStore<T>(
  context: CliContext,
  options: Pick<CommonOptions, 'config' | 'set'>,
  work: (store: StoreWithTelemetry, config: Config, access: Principal) => Promise<T>,
): Promise<T> {
  const config = loadCommandConfig(context, options);
  const store = await context.openStore(config);
  try {
    return await work(store, config, machinePrincipal(context.user, context.host, context.clock));
  } finally {
    await store.close();
  }
}
