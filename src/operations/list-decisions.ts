import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Operations } from '../contract/contract.ts';
import type { LoggedDecision } from '../explain/recorded-decision-schema.ts';
import { sees } from '../roles/grants.ts';
import { hiddenPolicies, withoutHidden } from './hidden-policies.ts';
import { inScope } from './list-page.ts';
import type { Implementation } from './operation-context.ts';
import { decisionsWithin, readStoredDecisions } from './stored-decisions.ts';

/** Decisions that one request looks at. */
const SCANNED = 2000;

/** What the sidecars decided, as far as the caller may see it. */
export const listDecisions: Implementation<Operations['decisions']['list']> = async (
  { query },
  { store, reader, grants, tree },
) => {
  const namespaces = await tree();
  const within = inScope(grants, namespaces, query.namespace);
  const items: LoggedDecision[] = [];
  const selection = { ...query, scanned: SCANNED, within: decisionsWithin(grants, namespaces, within) };
  const span = await readStoredDecisions(store.side, selection, (_decision, logged) => items.push(logged));
  const hides = await hiddenPolicies(items, reader, grants);
  const foreign = sees(grants, GLOBAL) ? span.foreign : 0;
  return { body: { ...span, items: items.map((item) => withoutHidden(item, hides)), foreign } };
};
