import type { Writable } from 'node:stream';
import { printJson } from './output.ts';

/**
 * Does the same to one id after the other and prints what came of each: a line, or JSON, which is a list for several.
 * Stops at the first that is refused, and says nothing of those after it.
 */
export async function forEachId<Id extends string>(
  ids: readonly Id[],
  change: (id: Id) => Promise<string | object>,
  stdout: Writable,
): Promise<void> {
  const described: object[] = [];
  for (const id of ids) {
    const outcome = await change(id);
    if (typeof outcome === 'string') stdout.write(`${outcome}\n`);
    else described.push(outcome);
  }
  if (described.length > 0) printJson(stdout, ids.length === 1 ? described[0] : described);
}
