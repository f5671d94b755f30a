import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { ActivityEntry } from '../../activity/activity-entry.ts';
import { RecordedDecision } from '../../check/recorded-decision.ts';
import type { Handlers } from '../handler.ts';
import { decodeCursor, encodeCursor, inScope, listPage } from '../list-page.ts';

/** Decisions that one request looks at. */
const SCANNED = 2000;

export const ACTIVITY_HANDLERS: Handlers['activity'] = {
  async list({ query }, { store, grants, tree }) {
    const within = inScope(grants, tree, query.namespace);
    const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
    const until = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until);
    // Of a namespace that is gone, the nearest above it that is there says who may know.
    const place = (namespaces: readonly string[]) => namespaces.find((id) => tree.nodes.has(id)) ?? GLOBAL;
    const concerns = ({ namespaces, moved_from = [] }: ActivityEntry) =>
      [namespaces, moved_from].some((path) => path.length > 0 && within(place(path)));
    const page = await listPage(
      store,
      'activity',
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
      { descending: query.order === 'newest' },
    );
    return { body: page };
  },
};

function authorName({ author }: ActivityEntry): string {
  return author.kind === 'account' ? author.account : author.user;
}

export const DECISION_HANDLERS: Handlers['decisions'] = {
  async list({ query }, { store, grants, tree }) {
    const within = inScope(grants, tree, query.namespace);
    const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
    const items: { time: string; verdict: string }[] = [];
    const read = await store.side.readDecisions(
      query.cursor === undefined ? undefined : decodeCursor(query.cursor),
      SCANNED,
    );
    let last: string | undefined;
    for (const { cursor, line } of read) {
      last = cursor;
      const decision = parseDecision(line);
      // Where nothing was found to belong to, nobody but those of the root may know.
      if (!decision || !within(decision.namespace ?? GLOBAL)) continue;
      if (query.account !== undefined && decision.account_id !== query.account) continue;
      if (query.verdict !== undefined && decision.verdict !== query.verdict) continue;
      if (query.reason !== undefined && decision.reason !== query.reason) continue;
      if (Date.parse(decision.time) < since) continue;
      items.push(decision);
      if (items.length === query.limit) break;
    }
    const isLast = last === undefined || (read.length < SCANNED && last === read.at(-1)?.cursor);
    return { body: { items, next: isLast || last === undefined ? null : encodeCursor(last) } };
  },
};

function parseDecision(line: string): RecordedDecision | undefined {
  try {
    return RecordedDecision.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
