import { matchesParts } from './name-pattern.ts';

/** Selects the groups that upstreams see, in their order. */
export type GroupFilter = (groups: readonly string[]) => readonly string[];

/**
 * Selects the groups that match one of the patterns, or all groups without patterns. `*` stands for any characters, and
 * letter case counts. Policies see every group.
 */
export function createGroupFilter(patterns: readonly string[] | undefined): GroupFilter {
  if (!patterns) return (groups) => groups;
  const ids = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wildcards = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (groups) =>
    groups.filter((group) => ids.has(group) || wildcards.some((parts) => matchesParts(group, parts)));
}
