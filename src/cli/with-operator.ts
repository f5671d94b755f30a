import { type ChosenServer, chooseServer, signIn, type TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { openLocalOperator } from './operator/local-operator.ts';
import type { Operator } from './operator/operator.ts';
import { telling } from './telling.ts';

/** Runs a verb's work on the admin API that was chosen, or else on the configured store, and closes it whatever happens. */
export async function withOperator<T>(
  context: CliContext,
  options: TargetOptions,
  work: (operator: Operator, chosen: ChosenServer | undefined) => Promise<T>,
): Promise<T> {
  const chosen = await chooseServer(context, options);
  const operator = await openOperator(context, options, chosen);
  try {
    return await work(operator, chosen);
  } finally {
    await operator.close();
  }
}

/** The same for a change: says where it is made. */
export function withChangingOperator<T>(
  context: CliContext,
  options: TargetOptions & Pick<CommonOptions, 'output'>,
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  return withOperator(context, options, (operator, chosen) => {
    const profile = chosen?.implied ? `, of profile ${chosen.profile?.name}` : '';
    return telling(context, options, `on ${operator.place}${profile}`, () => work(operator));
  });
}

async function openOperator(
  context: CliContext,
  options: TargetOptions,
  chosen: ChosenServer | undefined,
): Promise<Operator> {
  if (!chosen) return openLocalOperator(context, options);
  const connection = await signIn(context, chosen, options);
  // The contract is large, and most command lines are for the store of this machine.
  const { openRemoteOperator } = await import('./operator/remote-operator.ts');
  return openRemoteOperator(connection);
}
