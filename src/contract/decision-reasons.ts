import { POLICY_REASONS } from '../policy/policy-reason-schema.ts';

/** Reasons of the stages around policies, in the order of the stages. */
export const STAGE_REASONS = [
  'host-invalid',
  'route-not-found',
  'path-ambiguous',
  'token-invalid',
  'token-expired',
  'token-not-yet-valid',
  'token-revoked',
  'account-disabled',
  'account-expired',
  'namespace-unauthorized',
  'no-policy',
] as const;

/** Every reason that a decision may have. */
export const DECISION_REASONS: readonly string[] = [...STAGE_REASONS, ...POLICY_REASONS];
