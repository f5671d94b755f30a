import { MAX_POLICY_COST } from '../policy/criterion-cost.ts';
import type { LoadedPolicy } from '../policy/evaluate-policies.ts';
import type { PolicyMode } from '../policy/policy-schema.ts';

/** Why a policy that applies to the request is unusable. The request fails, because a failure is never a denial. */
export class PolicyFault extends Error {
  override readonly name = 'PolicyFault';
}

/** The policies that apply to one route, or to one namespace without a route. */
export interface PolicySet {
  readonly deciding: readonly LoadedPolicy[];
  readonly shadow: readonly LoadedPolicy[];
  /** Whether a deciding policy uses the path. */
  readonly usesPath: boolean;
  /** Whether a shadow policy uses the path. */
  readonly shadowUsesPath: boolean;
  /** Whether a deciding policy uses the client's address. */
  readonly usesSourceIp: boolean;
  /** Why the set is unusable. Undefined if it is usable. */
  readonly fault: string | undefined;
}

/** A compiled policy, or why it is unusable. The fault of a shadow policy does not fail requests. */
export type LoadResult = LoadedPolicy | { readonly fault: string; readonly mode?: PolicyMode };

/** If the deciding policies exceed `MAX_POLICY_COST`, the set has a fault. If all together exceed it, shadow is empty. */
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
  const shadow =
    costExcess(loaded) === undefined ? loaded.filter(({ policy }) => policy.mode === 'shadow') : [];
  return {
    deciding,
    shadow,
    usesPath: deciding.some(({ compiled }) => compiled.uses.path),
    shadowUsesPath: shadow.some(({ compiled }) => compiled.uses.path),
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
