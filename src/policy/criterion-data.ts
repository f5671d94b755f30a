import { listsExcludeEachOther } from './lint/lint-string-list-matcher.ts';
import { excludeEachOther } from './lint/lint-string-matcher.ts';
import type { SourceNode } from './policy-source.ts';

/** A JSON Schema (2020-12), or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What an author writes after the name of a criterion. Several criteria may share it. */
export interface CriterionData {
  /** Names it in the schema of a document. */
  readonly name: string;
  readonly schema: JsonSchema;
  /** Whether no request fits all of these, each of which compiles. */
  exclude?(data: readonly SourceNode[]): boolean;
}

export const SCALAR_SCHEMA: JsonSchema = { type: ['string', 'number', 'boolean', 'null'] };
export const TEXT_SCHEMA: JsonSchema = { type: 'string' };
/** One text, or a list of them. */
export const TEXTS_SCHEMA: JsonSchema = { anyOf: [TEXT_SCHEMA, { type: 'array', items: TEXT_SCHEMA }] };
export const AFTER_OR_BEFORE: JsonSchema = { anyOf: [{ required: ['after'] }, { required: ['before'] }] };

/** A map of these keys and no others, each optional unless required. */
export function mapSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  more: JsonSchema = {},
): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}

export const IGNORED: CriterionData = { name: 'ignored', schema: { description: 'Ignored.' } };
export const TEXT: CriterionData = { name: 'text', schema: TEXT_SCHEMA };

const SCALARS: JsonSchema = { type: 'array', items: SCALAR_SCHEMA };

/** For `compileStringMatcher`. */
export const STRING: CriterionData = {
  name: 'string',
  schema: {
    description: 'A value to equal, or operators that all must hold.',
    anyOf: [
      SCALAR_SCHEMA,
      mapSchema({
        is: SCALAR_SCHEMA,
        not: SCALAR_SCHEMA,
        contains: TEXT_SCHEMA,
        starts_with: TEXT_SCHEMA,
        ends_with: TEXT_SCHEMA,
        in: SCALARS,
        not_in: SCALARS,
      }),
    ],
  },
  exclude: excludeEachOther,
};

/** For `compileStringListMatcher`. */
export const STRING_LIST: CriterionData = {
  name: 'string-list',
  schema: {
    description: 'A value to have, or operators that all must hold.',
    anyOf: [SCALAR_SCHEMA, mapSchema({ has: SCALAR_SCHEMA, is: SCALAR_SCHEMA, exclude: SCALAR_SCHEMA })],
  },
  exclude: listsExcludeEachOther,
};
