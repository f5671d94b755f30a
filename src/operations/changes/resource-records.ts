import type { Resource } from '../../manifests/resource.ts';
import type { StoreSnapshot } from '../../store/port.ts';
import type { StoredRecord } from '../../store/record.ts';
import { STORED_KINDS } from '../resource-kinds.ts';

/** What a store would hold that nothing was applied to but these; for looking at resources without one. */
export function recordsOf(resources: readonly Pick<Resource, 'kind' | 'spec'>[]): StoreSnapshot {
  const records = resources.map(
    ({ kind, spec }): StoredRecord => ({
      kind: STORED_KINDS[kind].record,
      id: spec.id,
      revision: 1,
      value: spec,
    }),
  );
  return { position: { epoch: 'resources', revision: 1 }, records };
}
