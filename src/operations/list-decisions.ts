import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Operations } from '../contract/contract.ts';
import type { LoggedDecision } from '../explain/recorded-decision-schema.ts';
import { type Grants, sees } from '../roles/grants.ts';
import { inScope } from './list-page.ts';
import type { Implementation } from './operation-context.ts';
import type { Reader } from './reader.ts';
import { decisionsWithin, readStoredDecisions } from './stored-decisions.ts';

/** Decisions that one request scans. */
const SCANNED = 2000;

/** The sidecars' decisions that the caller may see. */
export const listDecisions: Implementation<Operations['decisions']['list']> = async (
  { query },
  { store, reader, grants, tree },
) => {
  const namespaces = await tree();
  const within = inScope(grants, namespaces, query.namespace);
  const items: LoggedDecision[] = [];
  const selection = { ...query, scanned: SCANNED, within: decisionsWithin(grants, namespaces, within) };
  const span = await readStoredDecisions(store.telemetry, selection, (_decision, logged) =>
    items.push(logged),
  );
  const hides = await hiddenPolicies(items, reader, grants);
  const foreign = sees(grants, GLOBAL) ? span.foreign : 0;
  return { body: { ...span, items: items.map((item) => withoutHidden(item, hides)), foreign } };
};

/** Whether the caller may not see a policy that decided: it belongs to an ancestor, or was deleted. */
type HidesPolicy = (id: string) => boolean;

async function hiddenPolicies(
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
function withoutHidden(decision: LoggedDecision, hides: HidesPolicy): LoggedDecision {
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
