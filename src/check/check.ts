import type { Caller } from '../accounts/caller.ts';
import type { Enforcement } from '../accounts/namespace.ts';
import type { NamespaceNode } from '../accounts/namespace-tree.ts';
import { extractCredential } from '../credentials/extract-credential.ts';
import { type Binding, type BindingRefusal, type BindingSettings, bindRequest } from '../routes/binding.ts';
import type { Assertion } from '../tokens/assertion.ts';
import type { CheckRequest } from './check-request.ts';
import { type Allow, type Decision, type Judged, withAssertion } from './decision.ts';
import { callerOf, type Identification, type Identity, identify, unresolvedToken } from './identity.ts';
import { judge } from './judge.ts';
import type { Picture } from './picture.ts';
import type { PolicyInputSettings } from './policy-input.ts';
import { policiesAboveObserve, refuseUnbound } from './refuse-unbound.ts';
import { whenReady } from './when-ready.ts';

export interface CheckSettings extends BindingSettings, PolicyInputSettings {
  /** `observe` for the whole sidecar, whatever the namespaces say. */
  readonly enforcement: Enforcement;
}

export interface CheckParts extends Identification {
  picture(): Picture;
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
  const before = parts.picture();
  const bound = bind(parts, before, request);
  const matters = !('refused' in bound) || policiesAboveObserve(before, bound, parts.settings) !== undefined;
  const identity = presented && matters ? identify(parts, presented, now) : undefined;

  return whenReady<Identity | undefined, Decision>(identity, (identity) => {
    // What was changed while the identity was looked up counts: nothing is decided on a picture that is no more.
    const picture = parts.picture();
    const binding = picture === before ? bound : bind(parts, picture, request);
    const refused = 'refused' in binding;
    const judged: Judged = {
      enforcement: enforcementOf(parts.settings.enforcement, binding.namespace ?? picture.tree.root),
      binding: refused ? undefined : binding,
      caller: callerOf(identity),
      unresolved: unresolvedToken(identity),
      revision: picture.position.revision,
      scheme: presented?.scheme,
      shadow: undefined,
    };
    if (refused) return refuseUnbound(picture, request, { binding, identity, judged }, parts.settings, now);
    const decision = judge(picture, request, { binding, identity, judged }, parts.settings, now);
    return decision.verdict === 'allow' ? vouch(parts, decision, now) : decision;
  });
}

/** Observing the whole sidecar goes before whatever its namespaces say. */
function enforcementOf(sidecar: Enforcement, namespace: NamespaceNode): Enforcement {
  return sidecar === 'observe' ? 'observe' : namespace.enforcement;
}

function bind(parts: CheckParts, picture: Picture, request: CheckRequest): Binding | BindingRefusal {
  return bindRequest(request, picture.routes, picture.served, parts.settings);
}

/** Adds the assertion that tells the upstream who called. */
function vouch(parts: CheckParts, decision: Allow, now: number): Decision | Promise<Decision> {
  const { binding, caller } = decision;
  if (!binding || !caller || !decision.authenticated || decision.enforcement === 'observe') return decision;
  return whenReady(parts.assertionFor(caller, binding, now), (assertion) =>
    withAssertion(decision, assertion),
  );
}
