import { OPERATIONS } from '../contract/contract.ts';
import type { ResourceKind } from '../manifests/resource.ts';

/** The part of the API that each kind has. */
export const KIND_OPERATIONS = {
  Namespace: OPERATIONS.namespaces,
  DirectoryGroup: OPERATIONS.directoryGroups,
  DirectoryUser: OPERATIONS.directoryUsers,
  Policy: OPERATIONS.policies,
  Route: OPERATIONS.routes,
  RoleBinding: OPERATIONS.roleBindings,
} satisfies Record<Exclude<ResourceKind, 'ServiceAccount'>, unknown>;
