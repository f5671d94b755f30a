import { SESSION_HANDLERS } from '../admin/session-handlers.ts';
import { perCollection } from '../contract/resource-kinds.ts';
import type { Handlers } from './handler.ts';
import { ACTIVITY_HANDLERS } from './handlers/activity-handlers.ts';
import { APPLY_HANDLERS } from './handlers/apply-handlers.ts';
import { DECISION_HANDLERS } from './handlers/decision-handlers.ts';
import { POLICY_HANDLERS } from './handlers/policy-handlers.ts';
import { resourceHandlers } from './handlers/resource-handlers.ts';
import { SELF_HANDLERS } from './handlers/self-handlers.ts';
import { SERVICE_ACCOUNT_HANDLERS } from './handlers/service-account-handlers.ts';

const RESOURCE_HANDLERS = perCollection(resourceHandlers);

export const HANDLERS: Handlers = {
  self: SELF_HANDLERS,
  session: SESSION_HANDLERS,
  ...RESOURCE_HANDLERS,
  serviceAccounts: SERVICE_ACCOUNT_HANDLERS,
  policies: { ...RESOURCE_HANDLERS.policies, ...POLICY_HANDLERS },
  resources: APPLY_HANDLERS,
  decisions: DECISION_HANDLERS,
  activity: ACTIVITY_HANDLERS,
};
