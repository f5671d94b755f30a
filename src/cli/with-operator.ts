import { type ChosenServer, chooseServer, signIn, type TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { openLocalOperator } from './operator/local-operator.ts';
import type { Operator } from './operator/operator.ts';

/** Runs a verb's work on the admin API that was chosen, or else on the configured store, and closes it whatever happens. */
export async function withOperator<T>(
  context: CliContext,
  options: TargetOptions,
  work: (operator: Operator) => Promise<T>,
  onServer: (chosen: ChosenServer) => void = () => undefined,
): Promise<T> {
  const operator = await openOperator(context, options, onServer);
  try {
    return await work(operator);
  } finally {
    await operator.close();
  }
}

/** The same for a change: says on whose server it is made where nothing on the command line does. */
export function withChangingOperator<T>(
  context: CliContext,
  options: TargetOptions & Pick<CommonOptions, 'output'>,
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  return withOperator(context, options, work, (chosen) => {
    if (chosen.implied && options.output !== 'json')
      context.stderr.write(`on ${chosen.server.text}, of profile ${chosen.profile?.name}\n`);
  });
}

async function openOperator(
  context: CliContext,
  options: TargetOptions,
  onServer: (chosen: ChosenServer) => void,
): Promise<Operator> {
  const chosen = await chooseServer(context, options);
  if (!chosen) return openLocalOperator(context, options);
  const connection = await signIn(context, chosen, options);
  onServer(chosen);
  // The contract is large, and most command lines are for the store of this machine.
  const { openRemoteOperator } = await import('./operator/remote-operator.ts');
  return openRemoteOperator(connection);
}
