import type { Pace } from './pace.ts';
import { planChanges } from './plan-changes.ts';
import type { Resource, ResourceKind } from './resource.ts';
import type { Plan, Reader } from './transact.ts';

export interface Change {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly kind: ResourceKind;
  readonly id: string;
}

/**
 * Works out what applying the resources would write, judged by the whole that would result.
 * Throws `ResourceError` with every mistake.
 * @param now milliseconds since the epoch, for accounts made by it
 */
export async function planApply(
  resources: readonly Resource[],
  reader: Reader,
  now: number,
  pace?: Pace,
): Promise<Plan<Change[]>> {
  const { writes, result } = await planChanges(resources, [], reader, now, pace);
  const changes = result.map(({ action, kind, id }) => ({
    action: action === 'delete' ? 'update' : action,
    kind,
    id,
  }));
  return { writes, result: changes };
}
