import type { SourceEntry, SourceNode } from '../text/source-node.ts';
import { describeNode } from '../text/source-node.ts';
import { suggestName } from '../text/suggest-name.ts';
import type { ProblemList } from './problem-list.ts';

/** The values of a map that may hold only these keys. Undefined if the data is anything else. */
export function readFields<Name extends string>(
  data: SourceNode,
  names: readonly Name[],
  problems: ProblemList,
): ReadonlyMap<Name, SourceNode> | undefined {
  if (data.kind !== 'map')
    return problems.add(data, `expected a map of ${names.join(', ')}, got ${describeNode(data)}`);
  const fields = readEntries(data.entries, names, problems, (name, value) => [name, value] as const);
  return fields && new Map(fields);
}

/** What `read` makes of each entry. Undefined if a key is unknown or `read` returns undefined. */
export function readEntries<Name extends string, T>(
  entries: readonly SourceEntry[],
  names: readonly Name[],
  problems: ProblemList,
  read: (name: Name, value: SourceNode) => T | undefined,
): T[] | undefined {
  const values = entries.map((entry) => {
    const name = names.find((each) => each === entry.key);
    if (name !== undefined) return read(name, entry.value);
    return problems.add(entry, `expected one of ${names.join(', ')}${suggestName(entry.key, names)}`);
  });
  return withoutGaps(values);
}

/** The values, or undefined if one is missing. */
export function withoutGaps<T>(values: readonly (T | undefined)[]): T[] | undefined {
  const whole = values.filter((value) => value !== undefined);
  return whole.length < values.length ? undefined : whole;
}
