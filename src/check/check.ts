import type { Caller } from '../accounts/caller.ts';
import { extractCredential } from '../credentials/extract-credential.ts';
import { type Binding, type BindingSettings, matchRequest } from '../routes/match-request.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Assertion } from '../tokens/assertion.ts';
import { type AuthorizeSettings, authorize, enforcementOf, policiesFromAbove } from './authorize.ts';
import type { CheckRequest } from './check-request.ts';
import type { CheckRecorder } from './check-trace.ts';
import { type Allow, type Decision, type DecisionContext, withAssertion } from './decision.ts';
import { callerInScope, type Identification, type Identity, identify, whenReady } from './identity.ts';

export type CheckSettings = BindingSettings & AuthorizeSettings;

export interface CheckParts extends Identification {
  snapshot(): Snapshot;
  /** The assertion for the upstream. Undefined if the audience is unknown. */
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
 * Decides on one request. Synchronous unless a token, a record or an assertion is new. Throws or rejects on a fault,
 * never on a refusal.
 */
export function check(
  parts: CheckParts,
  request: CheckRequest,
  record?: CheckRecorder,
): Decision | Promise<Decision> {
  const { settings } = parts;
  const now = parts.clock();
  const before = parts.snapshot();
  const presented = extractCredential(request.headers, (token) => parts.tokens.isMeantForUs(token));
  record?.({ snapshot: before, presented });
  const bound = matchRequest(request, before.routes, before.served, settings);
  const needsIdentity = !('refused' in bound) || policiesFromAbove(before, bound, settings) !== undefined;
  const identity = presented && needsIdentity ? identify(parts, presented, now) : undefined;

  return whenReady<Identity | undefined, Decision>(identity, (identity) => {
    // Match again if the snapshot was replaced while the identity was looked up.
    const snapshot = parts.snapshot();
    const binding =
      snapshot === before ? bound : matchRequest(request, snapshot.routes, snapshot.served, settings);
    record?.({ snapshot, bound: binding, identity });
    const caller = identity && callerInScope(snapshot, binding, identity);
    const context: DecisionContext = {
      enforcement: enforcementOf(settings, binding.namespace ?? snapshot.tree.root),
      binding: 'refused' in binding ? undefined : binding,
      caller: identity?.caller,
      tokenWithoutCaller: identity?.tokenWithoutCaller,
      revision: snapshot.position.revision,
      scheme: presented?.scheme,
      shadow: undefined,
    };
    const found = { snapshot, request, binding, identity, caller, context, now, record };
    const decision = authorize(found, settings);
    return decision.verdict === 'allow' ? attachAssertion(parts, decision, now) : decision;
  });
}

/** Adds the assertion that identifies the caller to the upstream. */
function attachAssertion(parts: CheckParts, decision: Allow, now: number): Decision | Promise<Decision> {
  const { binding, caller } = decision;
  if (!binding || !caller || !decision.authenticated || decision.enforcement === 'observe') return decision;
  return whenReady(parts.assertionFor(caller, binding, now), (assertion) =>
    withAssertion(decision, assertion),
  );
}
