import { createTest, mentions, parseFilter, requiredValue } from './filter.ts';
import { project, wants } from './projection.ts';
import type { SearchQuery } from './search-query.ts';

/** RFC 7644 §3.4.2 */
export interface ListResponse {
  readonly schemas: readonly ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  readonly totalResults: number;
  readonly startIndex: number;
  readonly itemsPerPage: number;
  readonly Resources: readonly object[];
}

/** Resources of one type, as a search goes through them. */
export interface Searched {
  /** The ids that can have the value; undefined if the attribute is not indexed. */
  lookUp(attribute: string, value: string): readonly string[] | undefined;
  /** All of them, in their order. */
  ids(): readonly string[];
  /** Those of the ids that are there, in that order. */
  load(ids: readonly string[], needs: (attribute: string) => boolean): Promise<readonly SearchHit[]>;
}

export interface SearchHit {
  readonly id: string;
  /** How much of an answer it takes, beside itself: the members of a group. */
  readonly weight: number;
  readonly resource: object;
}

/** Resources that are looked at in one go. */
const BATCH = 1000;
/** A page ends early if it would hold more members than this. */
const MAX_WEIGHT = 20_000;

const INDEXED = ['id', 'userName', 'externalId', 'displayName'];

/** A page of what a query finds. Throws `ScimRefusal` for a filter that is none. */
export async function search(query: SearchQuery, searched: Searched): Promise<ListResponse> {
  const ids = await findIds(query, searched);
  const start = query.startIndex - 1;
  const page = await searched.load(ids.slice(start, start + query.count), (name) => wants(query, name));
  const resources: object[] = [];
  let weight = 0;
  for (const found of page) {
    weight += found.weight;
    if (resources.length > 0 && weight > MAX_WEIGHT) break;
    resources.push(project(found.resource, query));
  }
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: ids.length,
    startIndex: query.startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

async function findIds(query: SearchQuery, searched: Searched): Promise<readonly string[]> {
  const { filter: text, sortBy, sortOrder } = query;
  if (text === undefined && sortBy === undefined) return searched.ids();
  const filter = text === undefined ? undefined : parseFilter(text);
  const test = filter && createTest(filter);
  const candidates =
    filter &&
    INDEXED.map((attribute) => {
      const value = requiredValue(filter, attribute);
      return value === undefined ? undefined : searched.lookUp(attribute, value);
    }).find((found) => found !== undefined);
  const needs = (attribute: string) =>
    (filter !== undefined && mentions(filter, attribute)) || sortBy?.split('.')[0] === attribute;

  const all = candidates ?? searched.ids();
  const found: { readonly id: string; readonly key: string }[] = [];
  for (let start = 0; start < all.length; start += BATCH)
    for (const { id, resource } of await searched.load(all.slice(start, start + BATCH), needs))
      if (!test || test(resource))
        found.push({ id, key: sortBy === undefined ? '' : sortKey(resource, sortBy) });
  if (sortBy !== undefined) {
    // What has no such attribute comes last, or first where it goes down; RFC 7644 §3.4.2.3.
    const direction = sortOrder === 'descending' ? -1 : 1;
    found.sort((a, b) => direction * compare(a.key, b.key));
  }
  return found.map(({ id }) => id);
}

/** In lower case, with what is not there after everything. */
function sortKey(resource: object, path: string): string {
  const value = path.split('.').reduce<unknown>((above, name) => {
    const one: unknown = Array.isArray(above) ? above[0] : above;
    if (typeof one !== 'object' || one === null) return undefined;
    return Object.entries(one).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  }, resource);
  const isText = typeof value === 'string' || typeof value === 'boolean';
  return isText ? `0${String(value).toLowerCase()}` : '1';
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
