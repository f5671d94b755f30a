import type { ActivityEntry } from '../activity/activity-entry-schema.ts';
import type { Operations } from '../contract/contract.ts';
import { activityView } from './activity-view.ts';
import { inScope, listPage } from './list-page.ts';
import type { Implementation } from './operation-context.ts';

/** Who changed what, as far as the caller may see it. */
export const listActivity: Implementation<Operations['activity']['list']> = async (
  { query },
  { reader, grants, tree },
) => {
  const namespaces = await tree();
  const within = inScope(grants, namespaces, query.namespace);
  const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
  const until = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until);
  const view = activityView(namespaces, grants, within);
  const isAskedFor = (entry: ActivityEntry) =>
    (query.kind === undefined || entry.kind === query.kind) &&
    (query.entity === undefined || entry.entity === query.entity) &&
    (query.author === undefined || authorName(entry) === query.author) &&
    Date.parse(entry.at) >= since &&
    Date.parse(entry.at) <= until;
  const body = await listPage(
    (after, limit) => reader.page('activity', { after, limit, descending: query.order === 'newest' }),
    { ...query, ...(query.order === 'newest' && { ordering: query.order }) },
    (entries) => entries.flatMap((entry) => (isAskedFor(entry) && view(entry)) || []),
  );
  return { body };
};

function authorName({ author }: ActivityEntry): string {
  return author.kind === 'account' ? author.account : author.user;
}
