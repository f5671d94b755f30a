import { OPERATIONS, type Operations } from '../contract/contract.ts';
import type { InputOf, Operation, OutputOf } from '../contract/operation.ts';
import { perCollection } from '../contract/resource-kinds.ts';
import { bootstrapAdministrator } from './bootstrap-administrator.ts';
import { applyResources, deleteResources, importDirectory } from './change-resources.ts';
import { createServiceAccount } from './create-service-account.ts';
import { explainRequest, explainToken } from './explain-request.ts';
import { exportResources } from './export-resources.ts';
import { getServiceAccount } from './find-service-account.ts';
import { lintText } from './lint-text.ts';
import { listActivity } from './list-activity.ts';
import { listDecisions } from './list-decisions.ts';
import { listServiceAccounts } from './list-service-accounts.ts';
import { putResource, removeResource, resourceOperations } from './one-resource.ts';
import type { Implementation, Implementations, OperationContext } from './operation-context.ts';
import { revokeCredentials, revokeMany, revokeOne } from './revoke-credentials.ts';
import { rotateCredential } from './rotate-credential.ts';
import { setDisabled } from './set-disabled.ts';
import { testPolicies } from './test-policies.ts';
import { tryPolicyChanges } from './try-policy-changes.ts';
import { whoami } from './whoami.ts';

/** Sessions are the HTTP edge's own: they end with its process. */
type Implemented = Exclude<keyof Operations, 'session'>;

const RESOURCES = perCollection(resourceOperations);

const IMPLEMENTATIONS: { readonly [G in Implemented]: Implementations<G> } = {
  self: { whoami },
  ...RESOURCES,
  serviceAccounts: {
    list: listServiceAccounts,
    get: getServiceAccount,
    create: createServiceAccount,
    put: putResource('ServiceAccount'),
    remove: removeResource('ServiceAccount'),
    bootstrap: bootstrapAdministrator,
    rotate: rotateCredential,
    revoke: revokeCredentials,
    revokeOne,
    revokeMany,
    disable: setDisabled(true),
    enable: setDisabled(false),
  },
  policies: {
    ...RESOURCES.policies,
    lint: lintText,
    test: testPolicies,
    try: tryPolicyChanges,
  },
  resources: {
    apply: applyResources,
    remove: deleteResources,
    importDirectory,
    export: exportResources,
  },
  decisions: { list: listDecisions, explain: explainRequest, explainToken },
  activity: { list: listActivity },
};

const BY_OPERATION: ReadonlyMap<Operation, unknown> = new Map(
  Object.entries(IMPLEMENTATIONS).flatMap(([group, implementations]) => {
    const described: Readonly<Record<string, Operation>> = OPERATIONS[group as Implemented];
    return Object.entries(implementations).flatMap(([name, implementation]): [Operation, unknown][] => {
      const operation = described[name];
      return operation ? [[operation, implementation]] : [];
    });
  }),
);

/** Carries out an operation of the contract, whichever edge asks for it. Rejects with `OperationError`. */
export function runOperation<O extends Operation>(
  operation: O,
  input: InputOf<O>,
  context: OperationContext,
): Promise<OutputOf<O>> {
  const implementation = BY_OPERATION.get(operation) as Implementation<O> | undefined;
  if (!implementation) throw new Error(`nothing implements ${operation.method} ${operation.path}`);
  return implementation(input, context);
}
