import { ACTIVITY_OPERATIONS, SELF_OPERATIONS } from './activity.ts';
import { DECISION_OPERATIONS } from './decisions.ts';
import { POLICY_OPERATIONS } from './policies.ts';
import { resourceOperations } from './resource.ts';
import { perCollection } from './resource-kinds.ts';
import { APPLY_OPERATIONS } from './resources.ts';
import { SERVICE_ACCOUNT_OPERATIONS } from './service-accounts.ts';
import { SESSION_OPERATIONS } from './session.ts';

/** Where the API is. */
export const API_PREFIX = '/api/v1';

const RESOURCE_OPERATIONS = perCollection(resourceOperations);

/** All operations of the admin API, by group. */
export const OPERATIONS = {
  self: SELF_OPERATIONS,
  session: SESSION_OPERATIONS,
  ...RESOURCE_OPERATIONS,
  serviceAccounts: SERVICE_ACCOUNT_OPERATIONS,
  policies: { ...RESOURCE_OPERATIONS.policies, ...POLICY_OPERATIONS },
  resources: APPLY_OPERATIONS,
  decisions: DECISION_OPERATIONS,
  activity: ACTIVITY_OPERATIONS,
} as const;
export type Operations = typeof OPERATIONS;
