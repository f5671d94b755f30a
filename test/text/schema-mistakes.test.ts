import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { SearchQuery } from '../../src/admin/scim/search-query.ts';
import { ProfileFile } from '../../src/cli/profiles/profile-file.ts';
import { SECTIONS } from '../../src/config/schema.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { ResourceKind } from '../../src/contract/resource-kinds.ts';
import { writtenSchema } from '../../src/manifests/resource.ts';
import { PolicyCase } from '../../src/policy/policy-case.ts';
import { RECORD_SCHEMAS } from '../../src/store/record.ts';
import { mistakesOf } from '../../src/text/schema-mistakes.ts';

/** What the library says by itself. */
const LIBRARY = /invalid|unrecognized|received|too (?:small|big)|NaN|must |\bstring\b|\barray\b|\bobject\b/i;

const WRONG: readonly unknown[] = [
  undefined,
  null,
  -1.5,
  1e300,
  '',
  'x y\n',
  'x'.repeat(10_000),
  true,
  [],
  [1, null],
  Array.from({ length: 20_000 }, () => 0),
  {},
  { nope: 1 },
];

/** Values of which each is wrong in one place or another. */
function* wrongValues(schema: unknown, depth = 0): Generator<unknown> {
  yield* WRONG;
  if (!(schema instanceof z.ZodType) || depth > 4) return;
  if (schema instanceof z.ZodObject) {
    for (const [key, field] of Object.entries(schema.shape))
      for (const value of wrongValues(field, depth + 1)) yield { [key]: value };
    yield { [`${Object.keys(schema.shape)[0]}s`]: 1 };
  } else if (schema instanceof z.ZodArray)
    for (const value of wrongValues(schema.element, depth + 1)) yield [value];
  else if (schema instanceof z.ZodRecord)
    for (const value of wrongValues(schema.valueType, depth + 1)) yield { 'a b': value, a: value };
  else if (schema instanceof z.ZodUnion)
    for (const option of schema.options) yield* wrongValues(option, depth + 1);
  else if (schema instanceof z.ZodPipe) yield* wrongValues(schema.in, depth);
  else if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    yield* wrongValues(schema.unwrap(), depth);
}

const operations = Object.values(OPERATIONS).flatMap((group): [string, Operation][] =>
  Object.values(group).map((each: Operation) => [`${each.method} ${each.path}`, each]),
);

const SCHEMAS: readonly (readonly [name: string, schema: unknown])[] = [
  ...operations.flatMap(([name, { params, query, body, response }]) => [
    [`the parameters of ${name}`, params] as const,
    [`the query of ${name}`, query] as const,
    [`the body of ${name}`, body] as const,
    [`the answer of ${name}`, response] as const,
  ]),
  ...ResourceKind.options.map((kind) => [kind, writtenSchema(kind)] as const),
  ...Object.entries(RECORD_SCHEMAS).map(([kind, schema]) => [`the record ${kind}`, schema] as const),
  ...Object.entries(SECTIONS).map(([name, schema]) => [`the section ${name}`, schema] as const),
  ['a case', PolicyCase],
  ['a SCIM search', SearchQuery],
  ['profiles', ProfileFile],
];

describe('a mistake is told in our words by', () => {
  for (const [name, schema] of SCHEMAS)
    if (schema instanceof z.ZodType)
      test(name, () => {
        let told = 0;
        for (const value of wrongValues(schema)) {
          const read = schema.safeParse(value);
          for (const { message } of read.success ? [] : mistakesOf(read.error)) {
            told += 1;
            assert.doesNotMatch(message, LIBRARY);
            assert.match(message, /expected|unknown key/);
          }
        }
        assert.ok(told > 0);
      });
});

const tell = (schema: z.ZodType, value: unknown) => {
  const read = schema.safeParse(value);
  return read.success
    ? []
    : mistakesOf(read.error).map(({ path, message }) => [...path.map(String), message].join(': '));
};

describe('a mistake says', () => {
  const Shape = z.strictObject({
    hosts: z.array(z.string()).min(1).max(2).optional(),
    mode: z.enum(['enforce', 'shadow']).optional(),
    count: z.number().int().min(1).max(9).optional(),
    name: z.string().length(3).optional(),
    on: z.boolean().optional(),
    either: z.union([z.string(), z.strictObject({ id: z.string() })]).optional(),
    labels: z.record(z.string().max(2), z.string()).optional(),
  });
  const ROWS: readonly (readonly [unknown, ...string[]])[] = [
    [undefined, 'expected a map; it is missing'],
    [[], 'expected a map, got a list'],
    [
      { host: [], modes: 1, zzzzzz: 1 },
      'host: unknown key "host"; did you mean "hosts"?',
      'modes: unknown key "modes"; did you mean "mode"?',
      'zzzzzz: unknown key "zzzzzz"',
    ],
    [{ hosts: [] }, 'hosts: expected at least 1 item'],
    [{ hosts: ['a', 'b', 'c'] }, 'hosts: expected at most 2 items'],
    [{ hosts: ['a', 5] }, 'hosts: 1: expected text, got a number'],
    [{ mode: 'enforced' }, 'mode: expected one of enforce, shadow; did you mean "enforce"?'],
    [{ count: 1.5 }, 'count: expected a whole number, got a number'],
    [{ count: 0 }, 'count: expected at least 1'],
    [{ count: 10 }, 'count: expected at most 9'],
    [{ name: 'x' }, 'name: expected exactly 3 characters'],
    [{ on: 'yes' }, 'on: expected true or false, got text'],
    [{ either: 1 }, 'either: expected text, or a map'],
    [{ either: { id: 1 } }, 'either: id: expected text, got a number'],
    [{ labels: { abc: '' } }, 'labels: abc: expected at most 2 characters'],
  ];
  for (const [value, ...expected] of ROWS)
    test(expected.join('; '), () => assert.deepEqual(tell(Shape, value), expected));
});
