import { z } from 'zod';

/** Characters of a route's path or regular expression. */
export const MAX_PATH_MATCH = 1024;

const absolutePath = z
  .string()
  .max(MAX_PATH_MATCH)
  .refine((path) => path.startsWith('/'), { error: 'expected a path that starts with "/"' })
  // Paths are matched decoded, except for a slash that the route keeps. Another encoded path would never match.
  .refine((path) => !/%(?!2F)[0-9a-fA-F]{2}/.test(path), {
    error: 'expected a decoded path: write the character itself in place of its percent-encoding',
  });

/**
 * How a route matches the decoded path: exactly, by a prefix of segments, or by an RE2 expression for the whole path.
 * `RouteSpec` checks that the expression compiles, and its cost. A stored one that does not compile is a fault of its
 * route only.
 */
export const PathMatch = z.union(
  [
    z.strictObject({ exact: absolutePath.describe('The whole decoded path.') }),
    z.strictObject({ prefix: absolutePath.describe('Decoded leading segments of the path.') }),
    z.strictObject({
      regex: z.string().max(MAX_PATH_MATCH).describe('An RE2 expression for the whole decoded path.'),
    }),
  ],
  { error: 'expected one of {exact: /path}, {prefix: /path} or {regex: expression}' },
);
export type PathMatch = z.infer<typeof PathMatch>;
