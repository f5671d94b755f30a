import { z } from 'zod';
import { mistakesOf } from '../../text/schema-mistakes.ts';
import { withCanonicalNames } from './canonical-names.ts';
import { parseScimBody } from './scim-body.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { MAX_RESULTS } from './scim-schemas.ts';

const SEARCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

const DEFAULT_COUNT = 100;

const WholeNumber = z.coerce.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
/** `a,b` in a query, a list in a body. */
const Names = z
  .union([
    z
      .string()
      .max(4096)
      .transform((text) => text.split(',')),
    z.array(z.string().max(256)).max(100),
  ])
  .transform((names) => names.map((name) => name.trim()).filter((name) => name !== ''));

/** What a list is asked with; RFC 7644 §3.4.2. What it does not know is passed over. */
export const SearchQuery = z.object({
  filter: z.string().optional(),
  sortBy: z.string().max(256).optional(),
  sortOrder: z.enum(['ascending', 'descending']).default('ascending'),
  // Less than 1 is 1, and less than nothing is nothing.
  startIndex: WholeNumber.default(1).transform((index) => Math.max(index, 1)),
  count: WholeNumber.default(DEFAULT_COUNT).transform((count) => Math.min(Math.max(count, 0), MAX_RESULTS)),
  attributes: Names.optional(),
  excludedAttributes: Names.optional(),
});
export type SearchQuery = z.output<typeof SearchQuery>;

/** Reads a query string. Throws `ScimRefusal`. */
export function parseSearchQuery(query: unknown): SearchQuery {
  const parsed = SearchQuery.safeParse(withCanonicalNames(query));
  if (parsed.success) return parsed.data;
  throw new ScimRefusal(
    'invalidValue',
    mistakesOf(parsed.error)
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; '),
  );
}

/** Reads the body of `.search`; RFC 7644 §3.4.3. Throws `ScimRefusal`. */
export function parseSearchRequest(body: unknown): SearchQuery {
  return parseScimBody(SearchQuery, SEARCH_SCHEMA, body);
}
