import type { SourceNode } from '../../text/source-node.ts';
import type { CriterionKind } from '../criterion.ts';

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
  return group[0]?.kind.data.exclude?.(data) === true;
}
