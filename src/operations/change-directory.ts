import type { Resource } from '../manifests/resource.ts';
import { planChanges } from './changes/plan-changes.ts';
import type { Removal } from './changes/proposed-change.ts';
import { transact } from './changes/transact.ts';
import type { OperationContext } from './operation-context.ts';
import type { Reader } from './reader.ts';

/** What a request of an identity provider makes of the directory, and what it answers. */
export interface DirectoryChange<T> {
  readonly resources?: readonly Resource[];
  readonly removals?: readonly Removal[];
  readonly answer: T;
}

/**
 * One commit for one request, planned, authorised and recorded in the activity log as every change.
 * @param plan may run several times, and does nothing but read
 */
export async function changeDirectory<T>(
  { store, principal }: Pick<OperationContext, 'store' | 'principal'>,
  plan: (reader: Reader) => Promise<DirectoryChange<T>>,
): Promise<T> {
  const { result } = await transact(store, principal, async (reader, grants) => {
    const { resources = [], removals = [], answer } = await plan(reader);
    const { writes } = await planChanges(resources, removals, { reader, grants, now: principal.now() });
    return { writes, result: answer };
  });
  return result;
}
