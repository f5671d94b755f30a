import { ACTIVITY_OPERATIONS, SELF_OPERATIONS } from './contract/activity-operations.ts';
import { APPLY_OPERATIONS } from './contract/apply-operations.ts';
import { DECISION_OPERATIONS } from './contract/decision-operations.ts';
import { POLICY_OPERATIONS } from './contract/policy-operations.ts';
import { resourceOperations } from './contract/resource-operations.ts';
import { SERVICE_ACCOUNT_OPERATIONS } from './contract/service-account-operations.ts';
import { SESSION_OPERATIONS } from './contract/session-operations.ts';

/** Where the API is. */
export const API_PREFIX = '/api/v1';

/** Everything that can be asked of the admin API, by what it is about. Command line and console know no more than this. */
export const OPERATIONS = {
  self: SELF_OPERATIONS,
  session: SESSION_OPERATIONS,
  namespaces: resourceOperations('Namespace', '/namespaces', 'manager'),
  serviceAccounts: SERVICE_ACCOUNT_OPERATIONS,
  policies: { ...resourceOperations('Policy', '/policies', 'manager'), ...POLICY_OPERATIONS },
  routes: resourceOperations('Route', '/routes', 'manager'),
  roleBindings: resourceOperations('RoleBinding', '/role-bindings', 'admin'),
  directoryUsers: resourceOperations('DirectoryUser', '/directory-users', 'admin'),
  directoryGroups: resourceOperations('DirectoryGroup', '/directory-groups', 'admin'),
  resources: APPLY_OPERATIONS,
  decisions: DECISION_OPERATIONS,
  activity: ACTIVITY_OPERATIONS,
} as const;
export type Operations = typeof OPERATIONS;
