import { GLOBAL } from '../accounts/namespace-id.ts';
import type { LoggedDecision } from '../explain/recorded-decision-schema.ts';
import { type Grants, sees } from '../roles/grants.ts';
import type { Reader } from './reader.ts';

/** Whether a policy that decided is not for whoever asks to know: of a namespace above theirs, or gone. */
export type HidesPolicy = (id: string) => boolean;

export async function hiddenPolicies(
  decisions: readonly LoggedDecision[],
  reader: Reader,
  grants: Grants,
): Promise<HidesPolicy> {
  if (sees(grants, GLOBAL)) return () => false;
  const named = decisions.flatMap(({ policy, shadow }) => [policy, policyOf(shadow)]);
  const found = await reader.findAll(
    'policy',
    named.filter((id) => typeof id === 'string'),
  );
  return (id) => {
    const policy = found.get(id);
    return policy === undefined || !sees(grants, policy.namespace);
  };
}

/** The decision without the names of policies that are hidden. */
export function withoutHidden(decision: LoggedDecision, hides: HidesPolicy): LoggedDecision {
  const { policy, shadow, ...rest } = decision;
  const shadowPolicy = policyOf(shadow);
  const hidden = (id: unknown) => typeof id === 'string' && hides(id);
  if (!hidden(policy) && !hidden(shadowPolicy)) return decision;
  return {
    ...rest,
    ...(policy !== undefined && !hidden(policy) && { policy }),
    ...(shadow !== undefined && { shadow: hidden(shadowPolicy) ? { ...shadow, policy: undefined } : shadow }),
  };
}

function policyOf(shadow: unknown): unknown {
  return typeof shadow === 'object' && shadow !== null && 'policy' in shadow ? shadow.policy : undefined;
}
