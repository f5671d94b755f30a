import type { CompiledCriterion } from './compile-criterion.ts';
import { CompiledPolicy } from './compiled-policy.ts';
import { findCriterion } from './criteria.ts';
import type { Unknowable, UnknownPart } from './criterion.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import { reasonOf } from './reason.ts';

/** The most combinations of unknown results that are tried. */
const MAX_WAYS = 256;

/**
 * The policies for every combination of results of the criteria that read unknown parts: only themselves if there are no
 * such criteria. Undefined if there are too many combinations. Adds the unknown parts to `missing`.
 */
export function resolveUnknown<P extends { readonly compiled: CompiledPolicy }>(
  policies: readonly P[],
  unknown: ReadonlySet<UnknownPart>,
  missing: Set<UnknownPart>,
): P[][] | undefined {
  const open = new Map<CompiledCriterion, Unknowable>();
  for (const { compiled } of policies)
    for (const criterion of compiled.clauses.flatMap(({ criteria }) => criteria)) {
      const unknowable = findCriterion(criterion.name)?.unknowable;
      if (unknowable === undefined || !unknown.has(unknowable.part)) continue;
      open.set(criterion, unknowable);
      missing.add(unknowable.part);
    }
  if (open.size === 0) return [[...policies]];
  let ways: Map<CompiledCriterion, PolicyReason>[] = [new Map()];
  for (const [criterion, { reasons }] of open) {
    ways = ways.flatMap((way) => reasons.map((reason) => new Map(way).set(criterion, reason)));
    if (ways.length > MAX_WAYS) return undefined;
  }
  return ways.map((way) => policies.map((policy) => ({ ...policy, compiled: settle(policy.compiled, way) })));
}

function settle(compiled: CompiledPolicy, way: ReadonlyMap<CompiledCriterion, PolicyReason>): CompiledPolicy {
  return new CompiledPolicy(
    compiled.clauses.map((clause) => ({
      ...clause,
      criteria: clause.criteria.map((criterion) => {
        const name = way.get(criterion);
        if (name === undefined) return criterion;
        const reason = reasonOf(name);
        return { ...criterion, test: () => reason };
      }),
    })),
  );
}
