import { ACTIONS, OPERATORS, type PolicyOperator } from './compiled-policy.ts';
import { CRITERIA } from './criteria.ts';
import { described, type JsonSchema, mapSchema, NOT } from './criterion-data.ts';

const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

const MEANING: Readonly<Record<PolicyOperator, string>> = {
  and: 'Holds if all criteria hold.',
  or: 'Holds if one criterion holds.',
  not: NOT,
  nor: 'Holds if not all criteria hold.',
};

/** The JSON Schema (2020-12) of a PPL document, for editors. */
export function createPplSchema(): JsonSchema {
  const kinds = [...CRITERIA.values()];
  const criterion: JsonSchema = {
    type: 'object',
    description: 'One criterion and its data.',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: Object.fromEntries(
      kinds.filter(({ hasSubject }) => !hasSubject).map(({ name, data }) => [name, ref(data.name)]),
    ),
    patternProperties: Object.fromEntries(
      kinds.filter(({ hasSubject }) => hasSubject).map(({ name, data }) => [`^${name}/.`, ref(data.name)]),
    ),
  };
  const data = Object.fromEntries(kinds.map((kind) => [kind.data.name, kind.data.schema]));
  const clauses = mapSchema(
    Object.fromEntries(
      OPERATORS.map((name) => [name, described(MEANING[name], { type: 'array', items: ref('criterion') })]),
    ),
  );
  const rule = mapSchema(Object.fromEntries(ACTIONS.map((name) => [name, ref('clauses')])));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'PPL, the Pomerium Policy Language, as Sallyport reads it',
    anyOf: [ref('rule'), { type: 'array', items: ref('rule') }],
    $defs: { rule, clauses, criterion, ...data },
  };
}
