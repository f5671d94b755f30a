import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many items at most.'),
  cursor: z
    .string()
    .max(2048)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('`next` of the page before.'),
});

/** Of what is listed by time. */
export const TimeOrder = z
  .enum(['newest', 'oldest'])
  .default('newest')
  .describe('Which comes first. A cursor is of one order.');

/** What lists of things in namespaces take besides. */
export const SearchQuery = PageQuery.extend({
  namespace: identifier(NamespaceId).optional().describe('Only in this namespace and those below it.'),
  q: z.string().max(256).optional().describe('Only where an id, name or description contains this.'),
});

export function sortBy<S extends z.ZodType>(fields: S) {
  return {
    sort: fields.describe('The field that orders the list, and then the id. A cursor is of one order.'),
    order: z.enum(['asc', 'desc']).default('asc').describe('Ascending or descending.'),
  };
}

export const PAGE_DESCRIPTION = 'A page of a list. It may have fewer items than `limit` and not be the last.';

/** A page that says how many items there are. */
export function listOf<T extends z.ZodType>(item: T) {
  return pageOf(item)
    .extend({
      total: z
        .int()
        .min(0)
        .nullable()
        .default(null)
        .describe(
          'How many items all pages have together; null if counting them would mean reading them all.',
        ),
    })
    .describe(PAGE_DESCRIPTION);
}

/** A part of a list. A page may hold fewer than asked for and still not be the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z
    .strictObject({
      items: z.array(item).describe('The items of this page.'),
      next: z.string().nullable().describe('The cursor of the next page; null after the last.'),
    })
    .describe(PAGE_DESCRIPTION);
}
