import type { BindingRefusal } from '../routes/binding.ts';
import { readRequestPath } from '../routes/request-path.ts';
import type { CheckRequest } from './check-request.ts';
import { type Decision, deny, type Judged } from './decision.ts';
import type { Identity } from './identity.ts';
import { type JudgeSettings, refuseInObserve } from './judge.ts';
import type { Picture } from './picture.ts';
import type { PolicySet } from './policy-set.ts';

/** What has been found out about a request that belongs to nothing. */
export interface UnboundFindings {
  readonly binding: BindingRefusal;
  /** Absent if no credential was sent, or nothing depends on it. */
  readonly identity: Identity | undefined;
  readonly judged: Judged;
}

/**
 * Refuses a request that belongs to nothing. If the namespace of its host is in observe, it goes on, unless what is enforced
 * from above denies it.
 */
export function refuseUnbound(
  picture: Picture,
  request: CheckRequest,
  { binding, identity, judged }: UnboundFindings,
  settings: JudgeSettings,
  now: number,
): Decision {
  const { refused, detail, namespace } = binding;
  const above = policiesAboveObserve(picture, binding, settings);
  if (above && namespace) {
    const place = { namespace, route: undefined, path: readRequestPath(request.path) };
    const found = { binding: place, identity, judged };
    const denied = refuseInObserve(above, picture, request, found, settings, now);
    if (denied) return denied;
  }
  return deny(judged, refused === 'route-not-found' ? 'not-found' : refused, refused, detail);
}

/** The policies that decide about such a request although its namespace observes; undefined if there are none. */
export function policiesAboveObserve(
  picture: Picture,
  { namespace }: BindingRefusal,
  { enforcement }: JudgeSettings,
): PolicySet | undefined {
  return namespace && enforcement === 'enforce' ? picture.policiesAboveObserve(namespace) : undefined;
}
