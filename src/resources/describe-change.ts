import type { DetailedChange } from './plan-changes.ts';
import type { StoredResource } from './resource.ts';
import { resourceDocument } from './resource-text.ts';

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
