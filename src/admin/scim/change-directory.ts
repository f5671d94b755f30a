import type { Resource, ResourceOrigin } from '../../manifests/resource.ts';
import { planChanges } from '../../operations/changes/plan-changes.ts';
import type { Removal } from '../../operations/changes/proposed-change.ts';
import { transact } from '../../operations/changes/transact.ts';
import type { Reader } from '../../operations/reader.ts';
import type { DirectoryContent } from './directory-content.ts';
import type { ScimContext } from './scim-handler.ts';

export const ORIGIN: ResourceOrigin = { file: 'request', document: 0 };

/** What a request makes of the directory, and what it answers. */
export interface DirectoryChange<T> {
  readonly resources?: readonly Resource[];
  readonly removals?: readonly Removal[];
  readonly answer: T;
}

/**
 * One commit for one request, planned, authorised and told in the activity log as everywhere.
 * @param plan may run several times, and does nothing but read
 */
export async function changeDirectory<T>(
  { store, access, index }: ScimContext,
  plan: (reader: Reader, directory: () => Promise<DirectoryContent>) => Promise<DirectoryChange<T>>,
): Promise<T> {
  const { result } = await transact(store, access, async (reader, grants) => {
    const { resources = [], removals = [], answer } = await plan(reader, () => index.read());
    const { writes } = await planChanges(resources, removals, { reader, grants, now: access.now() });
    return { writes, result: answer };
  });
  return result;
}
