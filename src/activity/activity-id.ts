import { defineIdentifier, type Identifier } from '../accounts/identifier.ts';

/** The id of an activity entry: the revision of the change, and its position in the commit. Ids sort by time. */
export type ActivityId = Identifier<'ActivityId'>;
export const ActivityId = defineIdentifier<ActivityId>(/^\d{16}-\d{7}$/, 'the id of an activity entry');

/** @param index position in the commit, from 0 */
export function createActivityId(revision: number, index: number): ActivityId {
  const id = ActivityId.parse(`${String(revision).padStart(16, '0')}-${String(index).padStart(7, '0')}`);
  if (id === undefined) throw new RangeError(`no activity can be at revision ${revision}, ${index}`);
  return id;
}

export function revisionOf(id: ActivityId): number {
  return Number(id.slice(0, 16));
}
