import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';

/** What every list takes. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many at most.'),
  cursor: z
    .string()
    .max(2048)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('`next` of the page before.'),
});

/** What lists of things in namespaces take besides. */
export const SearchQuery = PageQuery.extend({
  namespace: identifier(NamespaceId).optional().describe('Only in this namespace and those below it.'),
  q: z.string().max(256).optional().describe('Only where an id, name or description contains this.'),
});

/** A part of a list. A page may hold fewer than asked for and still not be the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    next: z.string().nullable().describe('The cursor of the next page; null after the last.'),
  });
}
