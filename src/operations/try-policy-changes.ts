import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Operations } from '../contract/contract.ts';
import type { InputOf } from '../contract/operation.ts';
import { type Issue, OperationError } from '../contract/operation-error.ts';
import { countedCaller, type RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { TrialCounts } from '../explain/trial-counts.ts';
import { type Trial, type TriedSnapshots, tryPolicies } from '../explain/try-policies.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { Policy } from '../policy/policy-schema.ts';
import { type Grants, sees } from '../roles/grants.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import { noNamespace } from './changes/proposed-change.ts';
import { inScope } from './list-page.ts';
import type { Implementation, OperationContext } from './operation-context.ts';
import type { Reader } from './reader.ts';
import { callersSeen } from './recorded-callers.ts';
import { idTaken, unknownResource } from './refusals.ts';
import { decisionsWithin, readStoredDecisions } from './stored-decisions.ts';
import { snapshotTried } from './tried-policies.ts';

type Try = Operations['policies']['try'];
type Body = InputOf<Try>['body'];

/** Decisions that one request scans. */
const SCANNED = 20_000;

/** Evaluates recorded decisions by the current and by the proposed policies, as far as the caller may see them. */
export const tryPolicyChanges: Implementation<Try> = async ({ body }, context) => {
  const { store, reader, grants, tree } = context;
  const { stored, decisions } = body;
  const namespaces = await tree();
  const within = decisionsWithin(grants, namespaces, inScope(grants, namespaces, stored?.namespace));
  const policies = await readTried(body, context);
  const snapshots = await snapshotNow(policies, context);
  const evaluate = createTrySeen(snapshots, reader, grants);
  const counts = new TrialCounts();
  const turn = takeTurns();
  let next: string | null = null;
  if (decisions)
    for (const decision of decisions) {
      const trial = await evaluate(decision, 'claimed');
      if (trial) counts.add(decision, trial);
      else counts.addOther();
      await turn();
    }
  else {
    const selection = {
      limit: 5000,
      ...stored,
      scanned: SCANNED,
      within: (decision: RecordedDecision) => decision.namespace !== undefined && within(decision),
    };
    const span = await readStoredDecisions(store.telemetry, selection, async (decision) => {
      const trial = await evaluate(decision, 'stored');
      if (trial) counts.add(decision, trial);
      await turn();
    });
    next = span.next;
  }
  const { lines_without_decision, ...described } = counts.describe();
  const in_shadow = policies.flatMap(({ id, mode }) => (mode === 'shadow' ? [id] : []));
  return { body: { ...described, left_out: lines_without_decision, in_shadow, next } };
};

/** Reuses policies that are already compiled. */
async function snapshotNow(policies: readonly Policy[], { store, explaining: open }: OperationContext) {
  const explaining = await open();
  try {
    return await snapshotTried(await store.snapshot(), policies, explaining.parts.snapshot());
  } finally {
    await explaining.close();
  }
}

/** The policies as they would be. Throws `OperationError`, as writing them would. */
async function readTried(
  { policies, documents }: Body,
  { reader, grants }: OperationContext,
): Promise<Policy[]> {
  const ids = [...policies, ...documents].map(({ id }) => id);
  if (new Set(ids).size < ids.length)
    throw new OperationError('unprocessable', 'a policy can be tried in one way only: its id is there twice');
  const there = await reader.findAll('policy', ids);
  for (const { id, namespace } of policies) {
    if (!sees(grants, namespace)) throw new OperationError('not-found', noNamespace(namespace));
    const current = there.get(id);
    if (current && !sees(grants, current.namespace)) throw idTaken('Policy', id);
  }
  const replaced = documents.map(({ id, ppl }) => {
    const current = there.get(id);
    if (!current || !sees(grants, current.namespace)) throw unknownResource('Policy', id, []);
    return { ...current, ppl };
  });
  await checkDocuments('policies', policies);
  await checkDocuments('documents', replaced);
  return [...policies, ...replaced];
}

async function checkDocuments(field: string, policies: readonly Policy[]): Promise<void> {
  const turn = takeTurns();
  const issues: Issue[] = [];
  for (const [index, { ppl }] of policies.entries()) {
    try {
      compilePolicy(ppl);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      for (const { path, message } of error.problems)
        issues.push({
          path: [`body.${field}.${index}.ppl`, path].filter((part) => part !== '').join(': '),
          message,
        });
    }
    await turn();
  }
  if (issues.length > 0) throw new OperationError('unprocessable', 'a policy does not load', issues);
}

/** `stored`: recorded by a sidecar. `claimed`: sent by the caller, who must not learn about resources that they may not see. */
type DecisionSource = 'stored' | 'claimed';

/** The outcome for a decision; undefined if the caller may not see it. */
type TrySeen = (recorded: RecordedDecision, source: DecisionSource) => Promise<Trial | undefined>;

/** Evaluates decisions for a caller. What they may not see is reported as unknown. */
function createTrySeen(snapshots: TriedSnapshots, reader: Reader, grants: Grants): TrySeen {
  const callerOf = callersSeen(reader, grants);
  const { before, after } = snapshots;
  const seesPolicy = (id: string) => {
    const found = after.loaded.policies.get(id);
    return found !== undefined && sees(grants, found.namespace);
  };
  return async (recorded, source) => {
    if (!sees(grants, recorded.namespace ?? GLOBAL)) return undefined;
    const placed = recorded.route === undefined ? undefined : before.routes.byId(recorded.route);
    if (placed && !sees(grants, placed.namespace?.id ?? GLOBAL)) return unknownFor('route');
    if (source === 'claimed' && recorded.policies?.some((id) => !seesPolicy(id)))
      return unknownFor('policies');
    const caller = recorded.account_id === undefined ? undefined : await callerOf(recorded.account_id);
    const trial = tryPolicies(snapshots, recorded, caller?.subject);
    if (source === 'stored' || trial.outcome === 'untouched') return trial;
    // Otherwise a caller could probe policies of ancestors for any user.
    if (countedCaller(recorded) && caller?.userId !== recorded.user_id) return unknownFor('caller');
    return trial;
  };
}

function unknownFor(what: string): Trial {
  return { outcome: 'unknown', missing: [what] };
}
