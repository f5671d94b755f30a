import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { ActivityEntry } from '../activity/activity-entry-schema.ts';
import { revisionOf } from '../activity/activity-id.ts';
import type { Operations } from '../contract/contract.ts';
import { type Grants, sees } from '../roles/grants.ts';
import { inScope, listPage } from './list-page.ts';
import { isOwnHistory } from './namespace-history.ts';
import type { Implementation } from './operation-context.ts';

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

/**
 * Makes a function that shows an entry to a caller: undefined if they may not see it. What moved between a namespace that
 * they see and one that they do not is shown on their side alone.
 * @param within whether a namespace is asked for, and may be seen
 */
function activityView(
  tree: NamespaceTree,
  grants: Grants,
  within: (namespace: string) => boolean,
): (entry: ActivityEntry) => ActivityEntry | undefined {
  return (entry) => {
    const revision = revisionOf(entry.id);
    // Of a namespace that is gone, or came later, the nearest above it that was there says who may know.
    const placeOf = (path: readonly NamespaceId[]): NamespaceId =>
      path.find((id) => isOwnHistory(tree, id, revision)) ?? GLOBAL;
    const { namespaces, moved_from, before, after, ...rest } = entry;
    const paths = moved_from === undefined ? [namespaces] : [namespaces, moved_from];
    if (!paths.some((path) => within(placeOf(path)))) return undefined;
    const seesNow = sees(grants, placeOf(namespaces));
    const sawBefore = moved_from === undefined ? seesNow : sees(grants, placeOf(moved_from));
    // What is below a place that they see was there; what is above it may be hidden.
    const seen = (path: readonly NamespaceId[]): NamespaceId[] => {
      const top = path.indexOf(placeOf(path));
      return path.filter((id, index) => index <= top || sees(grants, id));
    };
    return {
      ...rest,
      namespaces: seen(seesNow ? namespaces : (moved_from ?? namespaces)),
      ...(moved_from !== undefined && seesNow && sawBefore && { moved_from: seen(moved_from) }),
      ...(before !== undefined && sawBefore && { before }),
      ...(after !== undefined && seesNow && { after }),
    };
  };
}
