import type { Caller } from '../accounts/caller.ts';
import type { Enforcement } from '../accounts/namespace-schema.ts';
import type { NamespaceNode } from '../accounts/namespace-tree.ts';
import { extractCredential } from '../credentials/extract-credential.ts';
import {
  type Binding,
  type BindingRefusal,
  type BindingSettings,
  matchRequest,
} from '../routes/match-request.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Assertion } from '../tokens/assertion.ts';
import { authorize } from './authorize.ts';
import type { CheckRequest } from './check-request.ts';
import { type Allow, type Decision, type DecisionContext, withAssertion } from './decision.ts';
import { callerOf, type Identification, type Identity, identify, unresolvedToken } from './identity.ts';
import type { PolicyInputSettings } from './policy-input.ts';
import { policiesAboveObserve, refuseUnbound } from './refuse-unbound.ts';
import { whenReady } from './when-ready.ts';

export interface CheckSettings extends BindingSettings, PolicyInputSettings {
  /** `observe` for the whole sidecar, whatever the namespaces say. */
  readonly enforcement: Enforcement;
}

export interface CheckParts extends Identification {
  snapshot(): Snapshot;
  /** The assertion for the upstream; undefined where no audience is known. */
  assertionFor(
    caller: Caller,
    binding: Binding,
    now: number,
  ): Assertion | undefined | Promise<Assertion | undefined>;
  /** Milliseconds since the epoch. */
  clock(): number;
  readonly settings: CheckSettings;
}

/**
 * Decides about one request: credential, binding, token and account, scope, policy, decision. Answers at once unless a
 * token, a record or an assertion is seen for the first time. Throws or rejects on a fault, never on a refusal.
 */
export function check(parts: CheckParts, request: CheckRequest): Decision | Promise<Decision> {
  const now = parts.clock();
  const presented = extractCredential(request.headers, (token) => parts.tokens.isMeantForUs(token));
  const before = parts.snapshot();
  const bound = bind(parts, before, request);
  const matters = !('refused' in bound) || policiesAboveObserve(before, bound, parts.settings) !== undefined;
  const identity = presented && matters ? identify(parts, presented, now) : undefined;

  return whenReady<Identity | undefined, Decision>(identity, (identity) => {
    // What was changed while the identity was looked up counts: nothing is decided on a snapshot that is no more.
    const snapshot = parts.snapshot();
    const binding = snapshot === before ? bound : bind(parts, snapshot, request);
    const refused = 'refused' in binding;
    const context: DecisionContext = {
      enforcement: enforcementOf(parts.settings.enforcement, binding.namespace ?? snapshot.tree.root),
      binding: refused ? undefined : binding,
      caller: callerOf(identity),
      unresolved: unresolvedToken(identity),
      revision: snapshot.position.revision,
      scheme: presented?.scheme,
      shadow: undefined,
    };
    if (refused) return refuseUnbound(snapshot, request, { binding, identity, context }, parts.settings, now);
    const decision = authorize(snapshot, request, { binding, identity, context }, parts.settings, now);
    return decision.verdict === 'allow' ? attachAssertion(parts, decision, now) : decision;
  });
}

/** Observing the whole sidecar goes before whatever its namespaces say. */
function enforcementOf(sidecar: Enforcement, namespace: NamespaceNode): Enforcement {
  return sidecar === 'observe' ? 'observe' : namespace.enforcement;
}

function bind(parts: CheckParts, snapshot: Snapshot, request: CheckRequest): Binding | BindingRefusal {
  return matchRequest(request, snapshot.routes, snapshot.served, parts.settings);
}

/** Adds the assertion that tells the upstream who called. */
function attachAssertion(parts: CheckParts, decision: Allow, now: number): Decision | Promise<Decision> {
  const { binding, caller } = decision;
  if (!binding || !caller || !decision.authenticated || decision.enforcement === 'observe') return decision;
  return whenReady(parts.assertionFor(caller, binding, now), (assertion) =>
    withAssertion(decision, assertion),
  );
}
