import type { SourceNode } from '../text/source-node.ts';
import { listsExcludeEachOther } from './lint/lint-string-list-matcher.ts';
import { excludeEachOther } from './lint/lint-string-matcher.ts';

/** A JSON Schema (2020-12), or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The kind of data that a criterion takes. Several criteria may share it. */
export interface CriterionData {
  /** Its key in `$defs` of the schema. */
  readonly name: string;
  readonly schema: JsonSchema;
  /** Whether no request can match all of these. Each of them compiles. */
  exclude?(data: readonly SourceNode[]): boolean;
}

export const SCALAR_SCHEMA: JsonSchema = { type: ['string', 'number', 'boolean', 'null'] };
export const TEXT_SCHEMA: JsonSchema = { type: 'string' };
/** One text, or a list of them. */
export const TEXTS_SCHEMA: JsonSchema = { anyOf: [TEXT_SCHEMA, { type: 'array', items: TEXT_SCHEMA }] };
export const AFTER: JsonSchema = described('Holds after this time.', TEXT_SCHEMA);
export const BEFORE: JsonSchema = described('Holds before this time.', TEXT_SCHEMA);
export const AFTER_OR_BEFORE: JsonSchema = { anyOf: [{ required: ['after'] }, { required: ['before'] }] };

/** A schema with a description, which editors show. */
export function described(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema };
}

/** The schema of a map with only these keys. */
export function mapSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  more: JsonSchema = {},
): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}

export const IGNORED: CriterionData = { name: 'ignored', schema: { description: 'Ignored.' } };
export const TEXT: CriterionData = { name: 'text', schema: TEXT_SCHEMA };

const SCALARS: JsonSchema = { type: 'array', items: SCALAR_SCHEMA };
export const IS = 'The value itself; of a list, its only element.';
/** `not` is an operator of both rules and matchers. */
export const NOT = 'Of criteria: holds if none holds. Of a value: it is another.';

/** For `compileStringMatcher`. */
export const STRING: CriterionData = {
  name: 'string',
  schema: {
    description: 'A value to equal, or operators that all must hold.',
    anyOf: [
      SCALAR_SCHEMA,
      mapSchema({
        is: described(IS, SCALAR_SCHEMA),
        not: described(NOT, SCALAR_SCHEMA),
        contains: described('A part of the value.', TEXT_SCHEMA),
        starts_with: described('How the value starts.', TEXT_SCHEMA),
        ends_with: described('How the value ends.', TEXT_SCHEMA),
        in: described('Values, one of which it is.', SCALARS),
        not_in: described('Values, none of which it is.', SCALARS),
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
    anyOf: [
      SCALAR_SCHEMA,
      mapSchema({
        has: described('An element of the list.', SCALAR_SCHEMA),
        is: described(IS, SCALAR_SCHEMA),
        exclude: described('No element of the list.', SCALAR_SCHEMA),
      }),
    ],
  },
  exclude: listsExcludeEachOther,
};
