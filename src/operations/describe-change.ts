import type { StoredResource } from '../manifests/resource.ts';
import { resourceDocument } from '../manifests/resource-text.ts';
import type { DetailedChange } from './changes/plan-changes.ts';

/** A change as scripts read it, with the resource as `apply` takes it where it is another after. */
export function describeChange({ action, kind, id, before, after }: DetailedChange) {
  const document = (spec: StoredResource['spec']) => resourceDocument({ kind, spec } as StoredResource);
  if (action === 'unchanged') return { action, kind, id };
  return {
    action,
    kind,
    id,
    ...(before && { before: document(before) }),
    ...(after && { after: document(after) }),
  };
}
