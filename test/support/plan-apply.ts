import type { Resource, ResourceKind } from '../../src/manifests/resource.ts';
import { type PlanContext, planChanges } from '../../src/operations/changes/plan-changes.ts';
import type { Plan } from '../../src/operations/changes/transact.ts';

export interface Change {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly kind: ResourceKind;
  readonly id: string;
}

/**
 * Works out what applying the resources would write, judged by the whole that would result.
 * Throws `ResourceError` with every mistake, and `OperationError`.
 */
export async function planApply(
  resources: readonly Resource[],
  context: PlanContext,
): Promise<Plan<Change[]>> {
  const { writes, result } = await planChanges(resources, [], context);
  const changes = result.map(({ action, kind, id }) => ({
    action: action === 'delete' ? 'update' : action,
    kind,
    id,
  }));
  return { writes, result: changes };
}
