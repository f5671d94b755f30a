import { GLOBAL } from '../accounts/namespace-id.ts';
import { countedCaller, type RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { type Trial, type TriedSnapshots, tryPolicies } from '../explain/try-policies.ts';
import { type Grants, sees } from '../roles/grants.ts';
import type { Reader } from './reader.ts';
import { callersSeen } from './recorded-callers.ts';

/** `stored`: by a sidecar. `claimed`: whoever asks says so, who must not learn more than of what they see. */
export type DecisionSource = 'stored' | 'claimed';

/** What becomes of a decision, by what somebody may know; undefined where it is not for them to see. */
export type TrySeen = (recorded: RecordedDecision, source: DecisionSource) => Promise<Trial | undefined>;

/** Judges decisions for somebody. What they may not see counts as what is not known, and is told as that. */
export function createTrySeen(snapshots: TriedSnapshots, reader: Reader, grants: Grants): TrySeen {
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
    // Else policies from above could be asked about anybody.
    if (countedCaller(recorded) && caller?.userId !== recorded.user_id) return unknownFor('caller');
    return trial;
  };
}

function unknownFor(what: string): Trial {
  return { outcome: 'unknown', missing: [what] };
}
