import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';

/**
 * Makes a change and prints its place on standard error. As text it is printed first, so that a failed change shows it too. With JSON
 * it is printed last, so that an error stands alone.
 */
export async function telling<T>(
  { stderr }: Pick<CliContext, 'stderr'>,
  { output }: Pick<CommonOptions, 'output'>,
  place: string,
  work: () => Promise<T>,
): Promise<T> {
  if (output !== 'json') stderr.write(`${place}\n`);
  const result = await work();
  if (output === 'json') stderr.write(`${place}\n`);
  return result;
}
