import type { UnknownPart } from '../policy/criterion.ts';
import { evaluatePolicies } from '../policy/evaluate-policies.ts';
import type { PolicyInput, PolicySubject } from '../policy/policy-input.ts';
import { resolveUnknown } from '../policy/unknown-criteria.ts';
import { ambiguityFor } from '../routes/match-request.ts';
import { readRequestPath } from '../routes/request-path.ts';
import type { PolicySet } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { countedCaller, type RecordedDecision } from './recorded-decision-schema.ts';

export type TriedVerdict = 'allow' | 'deny' | 'failure';

/** The effect of changed policies on one recorded decision. */
export type Trial =
  /** The changed policies do not apply to it. */
  | { readonly outcome: 'untouched' }
  | { readonly outcome: 'same'; readonly verdict: TriedVerdict }
  | { readonly outcome: 'turned'; readonly before: TriedVerdict; readonly after: TriedVerdict }
  | { readonly outcome: 'unknown'; readonly missing: readonly string[] };

/** Two snapshots that differ only in the policies that are tried. */
export interface TriedSnapshots {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Ids of the policies that differ. */
  readonly changed: ReadonlySet<string>;
}

/**
 * Evaluates a recorded request with the old and the changed policies. If the result depends on a part that was not
 * recorded, the result is `unknown`.
 * @param subject the caller by the current directory. Undefined if the account is unknown.
 */
export function tryPolicies(
  { before, after, changed }: TriedSnapshots,
  recorded: RecordedDecision,
  subject: PolicySubject | undefined,
): Trial {
  if (recorded.namespace === undefined) return { outcome: 'untouched' };
  const [old, next] = [before, after].map((snapshot) => evaluableOf(snapshot, recorded));
  if (!old || !next) return unknownFor(recorded.route === undefined ? 'namespace' : 'route');
  if (!concerns(old.policies, changed) && !concerns(next.policies, changed)) return { outcome: 'untouched' };
  // These refusals come before the caller, so it was not recorded whether the caller counted.
  if (recorded.refusal === 'client-certificate') return unknownFor('certificate');
  if (recorded.refusal === 'path-ambiguous' && !(old.policies.usesPath && next.policies.usesPath))
    return unknownFor('caller');

  const unknown = unknownParts(recorded, subject);
  const input = inputOf(recorded, subject);
  const missing = new Set<UnknownPart>();
  const verdicts = [old, next].map((set) => verdictsOf(set, input, unknown, missing));
  const [was, willBe] = verdicts.map((all) => (all.size === 1 ? [...all][0] : undefined));
  if (was === undefined || willBe === undefined) return { outcome: 'unknown', missing: [...missing].sort() };
  return was === willBe
    ? { outcome: 'same', verdict: was }
    : { outcome: 'turned', before: was, after: willBe };
}

function unknownFor(what: string): Trial {
  return { outcome: 'unknown', missing: [what] };
}

interface Evaluable {
  readonly policies: PolicySet;
  readonly ambiguous: boolean;
}

/** Undefined if the namespace or the route no longer exists or is invalid. */
function evaluableOf(snapshot: Snapshot, recorded: RecordedDecision): Evaluable | undefined {
  const { namespace = '', route: id, policies } = recorded;
  const placed = id === undefined ? undefined : snapshot.routes.byId(id);
  const node = snapshot.tree.nodes.get(namespace);
  if (!node || (id !== undefined && !placed)) return undefined;
  if (placed && !('route' in placed)) return undefined;
  const route = placed?.route;
  const ambiguity = ambiguityFor(readRequestPath(recorded.path), route);
  return {
    policies: snapshot.policiesFor({ namespace: placed?.namespace ?? node, route, policies }),
    ambiguous: ambiguity !== undefined,
  };
}

function concerns(set: PolicySet, changed: ReadonlySet<string>): boolean {
  return set.fault !== undefined || set.deciding.some(({ policy }) => changed.has(policy.id));
}

function unknownParts(recorded: RecordedDecision, subject: PolicySubject | undefined): Set<UnknownPart> {
  const unknown = new Set<UnknownPart>(['certificate', 'mcp']);
  if (recorded.ip === undefined) unknown.add('address');
  // Only OPTIONS can be a preflight.
  if (recorded.method === 'OPTIONS') unknown.add('headers');
  if (recorded.path.endsWith('…')) unknown.add('path');
  if (countedCaller(recorded) && subject?.userId !== recorded.user_id) unknown.add('directory');
  return unknown;
}

function inputOf(recorded: RecordedDecision, known: PolicySubject | undefined): PolicyInput {
  const unknown = { email: '', directoryUser: undefined, groups: [], claims: new Map() };
  const { user_id: userId = '' } = recorded;
  const subject = known?.userId === userId ? known : { ...unknown, userId };
  return {
    subject: countedCaller(recorded) ? subject : undefined,
    request: {
      method: recorded.method,
      path: readRequestPath(recorded.path).path,
      header: () => [],
      ip: recorded.ip,
      clientCertificate: { presented: false, valid: false, leaf: undefined },
      time: Date.parse(recorded.time),
    },
  };
}

function verdictsOf(
  { policies, ambiguous }: Evaluable,
  input: PolicyInput,
  unknown: ReadonlySet<UnknownPart>,
  missing: Set<UnknownPart>,
): ReadonlySet<TriedVerdict> {
  if (policies.fault !== undefined) return new Set(['failure']);
  if (policies.usesPath && unknown.has('path')) {
    missing.add('path');
    return new Set();
  }
  if (policies.usesPath && ambiguous) return new Set(['deny']);
  const ways = resolveUnknown(policies.deciding, unknown, missing);
  if (ways === undefined) return new Set();
  return new Set(ways.map((way) => (evaluatePolicies(way, input).outcome === 'allow' ? 'allow' : 'deny')));
}
