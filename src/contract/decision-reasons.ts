import type { Reason } from '../check/decision.ts';
import { POLICY_REASONS, type PolicyReason } from '../policy/policy-reason-schema.ts';

/** Reasons of the stages around policies. */
const OTHERS: Readonly<Record<Exclude<Reason, PolicyReason>, true>> = {
  'host-invalid': true,
  'route-not-found': true,
  'path-ambiguous': true,
  'token-invalid': true,
  'token-expired': true,
  'token-not-yet-valid': true,
  'token-revoked': true,
  'account-disabled': true,
  'account-expired': true,
  'namespace-unauthorized': true,
  'no-policy': true,
};

/** Every reason that a decision may have. */
export const DECISION_REASONS: readonly string[] = [...Object.keys(OTHERS), ...POLICY_REASONS];
