import { z } from 'zod';
import type { IdentifierKind } from './identifier.ts';

/** The schema of a field that holds an identifier. */
export function identifier<Id extends string>(kind: IdentifierKind<Id>) {
  return (
    z
      .string()
      // Not every reader of JSON Schema knows Unicode's properties.
      .meta(kind.pattern.unicode ? { minLength: 1 } : { pattern: kind.pattern.source })
      .transform((text, context): Id => {
        const id = kind.parse(text);
        if (id !== undefined) return id;
        context.addIssue({ code: 'custom', message: `expected ${kind.expected}` });
        return z.NEVER;
      })
  );
}
