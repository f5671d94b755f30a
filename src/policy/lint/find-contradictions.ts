import { parseMoment } from '../criteria/date.ts';
import type { CriterionKind } from '../criterion.ts';
import type { SourceNode } from '../policy-source.ts';
import { listsExcludeEachOther } from './lint-string-list-matcher.ts';
import { excludeEachOther } from './lint-string-matcher.ts';

/** A criterion as a document writes it. */
export interface WrittenCriterion {
  readonly kind: CriterionKind;
  /** Such as `claim/department`. */
  readonly name: string;
  readonly data: SourceNode;
}

/** The names of criteria that are there several times and cannot all hold. */
export function findContradictions(criteria: readonly WrittenCriterion[]): string[] {
  const groups = new Map<string, WrittenCriterion[]>();
  for (const criterion of criteria) {
    const group = groups.get(criterion.name);
    if (group) group.push(criterion);
    else groups.set(criterion.name, [criterion]);
  }
  return [...groups].flatMap(([name, group]) => (group.length > 1 && cannotAllHold(group) ? [name] : []));
}

function cannotAllHold(group: readonly WrittenCriterion[]): boolean {
  const data = group.map((criterion) => criterion.data);
  switch (group[0]?.kind.data) {
    case 'string':
      return excludeEachOther(data);
    case 'string-list':
      return listsExcludeEachOther(data);
    case 'date':
      return Math.max(...momentsOf('after', data)) >= Math.min(...momentsOf('before', data));
    default:
      return false;
  }
}

function momentsOf(name: 'after' | 'before', dates: readonly SourceNode[]): number[] {
  return dates.flatMap((node) => {
    const entries = node.kind === 'map' ? node.entries.filter(({ key }) => key === name) : [];
    return entries.flatMap(({ value }) =>
      value.kind === 'scalar' && typeof value.value === 'string' ? (parseMoment(value.value) ?? []) : [],
    );
  });
}
