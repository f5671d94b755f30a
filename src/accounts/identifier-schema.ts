import { z } from 'zod';
import type { IdentifierKind } from '../tokens/identifier.ts';

/** The schema of a field that holds an identifier. */
export function identifier<Id extends string>(kind: IdentifierKind<Id>) {
  return z.string().transform((text, context): Id => {
    const id = kind.parse(text);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message: `expected ${kind.expected}` });
    return z.NEVER;
  });
}
