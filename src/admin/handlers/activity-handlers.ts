import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { ActivityEntry } from '../../activity/activity-entry.ts';
import type { Handlers } from '../handler.ts';
import { inScope, listPage } from '../list-page.ts';

export const ACTIVITY_HANDLERS: Handlers['activity'] = {
  async list({ query }, { reader, grants, tree }) {
    const within = inScope(grants, tree, query.namespace);
    const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
    const until = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until);
    // Of a namespace that is gone, the nearest above it that is there says who may know.
    const place = (namespaces: readonly string[]) => namespaces.find((id) => tree.nodes.has(id)) ?? GLOBAL;
    const concerns = ({ namespaces, moved_from = [] }: ActivityEntry) =>
      [namespaces, moved_from].some((path) => path.length > 0 && within(place(path)));
    const page = await listPage(
      (after, limit) => reader.page('activity', { after, limit, descending: query.order === 'newest' }),
      query,
      (entries) =>
        entries.filter(
          (entry) =>
            concerns(entry) &&
            (query.kind === undefined || entry.kind === query.kind) &&
            (query.entity === undefined || entry.entity === query.entity) &&
            (query.author === undefined || authorName(entry) === query.author) &&
            Date.parse(entry.at) >= since &&
            Date.parse(entry.at) <= until,
        ),
    );
    return { body: page };
  },
};

function authorName({ author }: ActivityEntry): string {
  return author.kind === 'account' ? author.account : author.user;
}
