import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { ActivityEntry } from '../activity/activity-entry-schema.ts';
import { revisionOf } from '../activity/activity-id.ts';
import { type Grants, sees } from '../roles/grants.ts';
import { isOwnHistory } from './namespace-history.ts';

/**
 * Makes a function that shows an entry to a caller: undefined if they may not see it. What moved between a namespace that
 * they see and one that they do not is shown on their side alone.
 * @param within whether a namespace is asked for, and may be seen
 */
export function activityView(
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
