import { MAX_POLICY_COST } from '../policy/criterion-cost.ts';
import type { LoadedPolicy } from '../policy/evaluate-policies.ts';
import type { PolicyMode } from '../policy/policy-schema.ts';

/** A policy that can't be used, and why: whatever it applies to fails, because a failure is never a denial. */
export class PolicyFault extends Error {
  override readonly name = 'PolicyFault';
}

/** The policies that apply to one route, or one namespace without a route; put together when they are loaded. */
export interface PolicySet {
  readonly deciding: readonly LoadedPolicy[];
  readonly shadow: readonly LoadedPolicy[];
  /** Whether any that decides looks at the path. */
  readonly usesPath: boolean;
  /** Whether any that decides looks at the client's address. */
  readonly usesSourceIp: boolean;
  /** Why they can't be used; absent if they can. */
  readonly fault: string | undefined;
}

/** What a policy id stands for: a compiled policy, or the reason why there is none. A shadow policy's fault fails nothing. */
export type LoadResult = LoadedPolicy | { readonly fault: string; readonly mode?: PolicyMode };

/** A set that costs more than a request may is not evaluated; if it is the shadow policies' part, they alone are not. */
export function createPolicySet(results: Iterable<LoadResult>): PolicySet {
  const loaded: LoadedPolicy[] = [];
  const faults: string[] = [];
  for (const result of new Set(results)) {
    if (!('fault' in result)) loaded.push(result);
    else if (result.mode !== 'shadow') faults.push(result.fault);
  }
  const deciding = loaded.filter(({ policy }) => policy.mode === 'enforce');
  const excess = costExcess(deciding);
  if (excess !== undefined) faults.push(excess);
  return {
    deciding,
    shadow: costExcess(loaded) === undefined ? loaded.filter(({ policy }) => policy.mode === 'shadow') : [],
    usesPath: deciding.some(({ compiled }) => compiled.uses.path),
    usesSourceIp: deciding.some(({ compiled }) => compiled.uses.sourceIp),
    fault: faults.length > 0 ? faults.join('; ') : undefined,
  };
}

function costExcess(policies: readonly LoadedPolicy[]): string | undefined {
  let cost = 0;
  for (const { compiled } of policies) cost += compiled.cost;
  return cost > MAX_POLICY_COST ? describePolicyExcess(cost) : undefined;
}

export function describePolicyExcess(cost: number): string {
  return `the policies of one request cost ${cost}, of at most ${MAX_POLICY_COST}`;
}
