import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';

/**
 * Makes a change, and says on standard error where: to people first, so that they know it of one that fails, too; to scripts once it
 * is made, so that an error stands there alone, as JSON.
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
