import { RE2JS } from 're2js';
import { z } from 'zod';

const MAX_LENGTH = 1024;

const absolutePath = z
  .string()
  .max(MAX_LENGTH)
  .refine((path) => path.startsWith('/'), { error: 'expected a path that starts with "/"' })
  // Paths are matched decoded, but for the slash that a route may keep: any other would never match.
  .refine((path) => !/%(?!2F)[0-9a-fA-F]{2}/.test(path), {
    error: 'expected a decoded path: write the character itself in place of its percent-encoding',
  });

const linearTimeRegex = z
  .string()
  .max(MAX_LENGTH)
  .superRefine((pattern, context) => {
    try {
      RE2JS.compile(pattern);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `expected a regular expression in RE2 syntax: ${error instanceof Error ? error.message : 'it does not compile'}`,
      });
    }
  });

/** How a route matches the decoded path: whole, by prefix at a segment's end, or whole by an RE2 expression. */
export const PathMatch = z.union(
  [
    z.strictObject({ exact: absolutePath }),
    z.strictObject({ prefix: absolutePath }),
    z.strictObject({ regex: linearTimeRegex }),
  ],
  { error: 'expected one of {exact: /path}, {prefix: /path} or {regex: expression}' },
);
export type PathMatch = z.infer<typeof PathMatch>;
