import type { ActivityEntry } from '../../activity/activity-entry-schema.ts';
import { activityView } from '../activity-view.ts';
import type { Handlers } from '../handler.ts';
import { inScope, listPage } from '../list-page.ts';

export const ACTIVITY_HANDLERS: Handlers['activity'] = {
  async list({ query }, { reader, grants, tree }) {
    const within = inScope(grants, tree, query.namespace);
    const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
    const until = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until);
    const view = activityView(tree, grants, within);
    const page = await listPage(
      (after, limit) => reader.page('activity', { after, limit, descending: query.order === 'newest' }),
      { ...query, ...(query.order === 'newest' && { ordering: query.order }) },
      (entries) =>
        entries.flatMap((entry) => {
          const isAskedFor =
            (query.kind === undefined || entry.kind === query.kind) &&
            (query.entity === undefined || entry.entity === query.entity) &&
            (query.author === undefined || authorName(entry) === query.author) &&
            Date.parse(entry.at) >= since &&
            Date.parse(entry.at) <= until;
          return (isAskedFor && view(entry)) || [];
        }),
    );
    return { body: page };
  },
};

function authorName({ author }: ActivityEntry): string {
  return author.kind === 'account' ? author.account : author.user;
}
