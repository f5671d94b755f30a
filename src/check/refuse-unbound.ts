import type { BindingRefusal } from '../routes/match-request.ts';
import { readRequestPath } from '../routes/request-path.ts';
import type { PolicySet } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { type AuthorizeSettings, refuseInObserve } from './authorize.ts';
import type { CheckRequest } from './check-request.ts';
import { type Decision, type DecisionContext, deny } from './decision.ts';
import type { Identity } from './identity.ts';

/** What has been found out about a request that belongs to nothing. */
export interface UnboundFindings {
  readonly binding: BindingRefusal;
  /** Absent if no credential was sent, or nothing depends on it. */
  readonly identity: Identity | undefined;
  readonly context: DecisionContext;
}

/**
 * Refuses a request that belongs to nothing. If the namespace of its host is in observe, it goes on, unless what is enforced
 * from above denies it.
 */
export function refuseUnbound(
  snapshot: Snapshot,
  request: CheckRequest,
  { binding, identity, context }: UnboundFindings,
  settings: AuthorizeSettings,
  now: number,
): Decision {
  const { refused, detail, namespace } = binding;
  const above = policiesAboveObserve(snapshot, binding, settings);
  if (above && namespace) {
    const place = { namespace, route: undefined, path: readRequestPath(request.path) };
    const found = { binding: place, identity, context };
    const denied = refuseInObserve(above, snapshot, request, found, settings, now);
    if (denied) return denied;
  }
  return deny(context, refused === 'route-not-found' ? 'not-found' : refused, refused, detail);
}

/** The policies that decide about such a request although its namespace observes; undefined if there are none. */
export function policiesAboveObserve(
  snapshot: Snapshot,
  { namespace }: BindingRefusal,
  { enforcement }: AuthorizeSettings,
): PolicySet | undefined {
  return namespace && enforcement === 'enforce' ? snapshot.policiesAboveObserve(namespace) : undefined;
}
