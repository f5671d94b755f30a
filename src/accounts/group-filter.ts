import { matchesParts } from './name-pattern.ts';

/** Which of a caller's groups upstreams are told of, in their order. */
export type GroupFilter = (groups: readonly string[]) => readonly string[];

/**
 * The groups that one of the patterns matches; all of them without patterns. In a pattern `*` stands for any characters, and
 * letter case counts. Policies are not affected: they see every group.
 */
export function createGroupFilter(patterns: readonly string[] | undefined): GroupFilter {
  if (!patterns) return (groups) => groups;
  const ids = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wildcards = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (groups) =>
    groups.filter((group) => ids.has(group) || wildcards.some((parts) => matchesParts(group, parts)));
}
