import { SESSION_HANDLERS } from '../admin/session-handlers.ts';
import type { Handlers } from './handler.ts';
import { ACTIVITY_HANDLERS } from './handlers/activity-handlers.ts';
import { APPLY_HANDLERS } from './handlers/apply-handlers.ts';
import { DECISION_HANDLERS } from './handlers/decision-handlers.ts';
import { POLICY_HANDLERS } from './handlers/policy-handlers.ts';
import { resourceHandlers } from './handlers/resource-handlers.ts';
import { SELF_HANDLERS } from './handlers/self-handlers.ts';
import { SERVICE_ACCOUNT_HANDLERS } from './handlers/service-account-handlers.ts';

export const HANDLERS: Handlers = {
  self: SELF_HANDLERS,
  session: SESSION_HANDLERS,
  namespaces: resourceHandlers('Namespace'),
  serviceAccounts: SERVICE_ACCOUNT_HANDLERS,
  policies: { ...resourceHandlers('Policy'), ...POLICY_HANDLERS },
  routes: resourceHandlers('Route'),
  roleBindings: resourceHandlers('RoleBinding'),
  directoryUsers: resourceHandlers('DirectoryUser'),
  directoryGroups: resourceHandlers('DirectoryGroup'),
  resources: APPLY_HANDLERS,
  decisions: DECISION_HANDLERS,
  activity: ACTIVITY_HANDLERS,
};
