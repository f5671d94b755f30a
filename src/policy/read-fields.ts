import type { SourceNode } from '../text/source-node.ts';
import { describeNode } from '../text/source-node.ts';
import { suggestName } from '../text/suggest-name.ts';
import type { ProblemList } from './problem-list.ts';

/** The values of a map that may hold these keys and no others; undefined where it is something else. */
export function readFields<Name extends string>(
  data: SourceNode,
  names: readonly Name[],
  problems: ProblemList,
): ReadonlyMap<Name, SourceNode> | undefined {
  if (data.kind !== 'map') {
    problems.add(data, `expected a map of ${names.join(', ')}, got ${describeNode(data)}`);
    return undefined;
  }
  const fields = new Map<Name, SourceNode>();
  let whole = true;
  for (const entry of data.entries) {
    const name = names.find((each) => each === entry.key);
    if (name !== undefined) fields.set(name, entry.value);
    else {
      problems.add(entry, `expected one of ${names.join(', ')}${suggestName(entry.key, names)}`);
      whole = false;
    }
  }
  return whole ? fields : undefined;
}
