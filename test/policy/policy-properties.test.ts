import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { PolicyError } from '../../src/policy/policy-error.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';
import type { PolicyVerdict } from '../../src/policy/verdict-accumulator.ts';
import { client1, inputOf } from '../support/policy-cases.ts';
import { readNaively } from './naive-policy.ts';

type Criterion = Record<string, unknown>;

const word = fc.constantFrom('a', 'b', 'ab', '');
const stringData = fc.oneof(
  word,
  fc.dictionary(fc.constantFrom('is', 'not', 'contains', 'starts_with', 'ends_with'), word, { maxKeys: 2 }),
  fc.dictionary(fc.constantFrom('in', 'not_in'), fc.array(word, { maxLength: 2 }), { maxKeys: 1 }),
);
const listData = fc.oneof(word, fc.dictionary(fc.constantFrom('has', 'is', 'exclude'), word, { maxKeys: 2 }));
const criterion: fc.Arbitrary<Criterion> = fc.oneof(
  fc
    .constantFrom(
      'accept',
      'reject',
      'authenticated_user',
      'invalid_client_certificate',
      'ssh_username_matches_email',
    )
    .map((name) => ({ [name]: null })),
  fc
    .tuple(
      fc.constantFrom('user', 'email', 'domain', 'http_method', 'http_path', 'mcp_tool', 'ssh_username'),
      stringData,
    )
    .map(([name, data]) => ({ [name]: data })),
  fc.tuple(fc.constantFrom('groups', 'claim/x'), listData).map(([name, data]) => ({ [name]: data })),
  fc.constantFrom('10.0.0.0/8', '::/0').map((data) => ({ source_ip: data })),
  fc
    .dictionary(fc.constantFrom('is', 'type', 'approved'), word, { maxKeys: 2 })
    .map((data) => ({ device: data })),
  fc.constantFrom('x', 'y').map((data) => ({ ssh_username_matches_claim: data })),
  fc.constantFrom('mon-fri', 'sat').map((data) => ({ day_of_week: data })),
);
const criteria = fc.array(criterion, { maxLength: 4 });
const clauses = fc.record(
  { and: criteria, or: criteria, not: criteria, nor: criteria },
  { requiredKeys: [] },
);
const rule = fc.record({ allow: clauses, deny: clauses }, { requiredKeys: [] });
const document = fc.array(rule, { maxLength: 3 });
const certificate = { leaf: client1, presented: true };
const input: fc.Arbitrary<PolicyInput> = fc
  .record({
    nobody: fc.boolean(),
    subject: fc.record({
      userId: word,
      email: fc.constantFrom('', 'a', 'a@b', 'b@ab@a'),
      directoryUser: fc.constantFrom({}, undefined),
      groups: fc.array(word, { maxLength: 2 }),
      claims: fc.array(word, { maxLength: 2 }).map((values) => new Map([['x', values]])),
    }),
    request: fc.record({
      method: word,
      path: word,
      ip: fc.constantFrom('10.1.2.3', '::1', undefined),
      clientCertificate: fc.constantFrom(
        { presented: false, valid: false, leaf: undefined },
        { ...certificate, valid: false },
        { ...certificate, valid: true },
      ),
      time: fc.constantFrom(Date.UTC(2027, 0, 6), Date.UTC(2027, 0, 9)),
      mcp: fc.constantFrom(
        undefined,
        { method: 'initialize' },
        { method: 'tools/call' },
        { method: 'tools/call', tool: 'ab' },
        { method: 'tools/call', tool: '' },
      ),
    }),
  })
  .map(({ nobody, subject, request }) => inputOf(nobody ? 'nobody' : subject, request));

const evaluate = (source: unknown, to: PolicyInput): PolicyVerdict => compilePolicy(source).evaluate(to);
/** Whether one criterion holds. */
const holds = (one: Criterion, to: PolicyInput) => evaluate({ allow: { or: [one] } }, to).allow.value;

test('a policy says what a naive reading of its document says, reasons included', () => {
  fc.assert(
    fc.property(document, input, (rules, to) => {
      assert.deepEqual(evaluate(rules, to), readNaively(rules, to));
    }),
    { numRuns: 1000 },
  );
});

test('and is every criterion, or is any, not is none, nor is not every; of nothing, none of them', () => {
  fc.assert(
    fc.property(criteria, input, (list, to) => {
      const held = list.filter((one) => holds(one, to)).length;
      const value = (operator: string) => evaluate({ allow: { [operator]: list } }, to).allow.value;
      const some = list.length > 0;
      assert.equal(value('and'), some && held === list.length);
      assert.equal(value('or'), held > 0);
      assert.equal(value('not'), some && held === 0);
      assert.equal(value('nor'), some && held < list.length);
    }),
  );
});

test('not and nor say the same as their criteria asked one by one', () => {
  fc.assert(
    fc.property(criteria, input, (list, to) => {
      const singles = list.map((one) => evaluate({ deny: { not: [one] } }, to).deny);
      const joined = (values: typeof singles) =>
        [...new Set(values.flatMap(({ reasons }) => reasons))].sort();
      const [held, failed] = [singles.filter(({ value }) => value), singles.filter(({ value }) => !value)];
      const not = {
        value: failed.length === 0 && held.length > 0,
        reasons: joined(failed.length === 0 ? held : failed),
      };
      const nor = { value: held.length > 0, reasons: joined(held.length > 0 ? held : failed) };
      assert.deepEqual(evaluate({ deny: { not: list } }, to).deny, not);
      assert.deepEqual(evaluate({ deny: { nor: list } }, to).deny, nor);
    }),
  );
});

test('the order of rules, operators and criteria never changes what a policy says', () => {
  fc.assert(
    fc.property(document, input, (rules, to) => {
      const reversed = rules
        .toReversed()
        .map((each) => reverseKeys(each, (clause) => reverseKeys(clause, (list) => list.toReversed())));
      assert.deepEqual(evaluate(reversed, to), evaluate(rules, to));
    }),
  );
});

function reverseKeys<Value>(
  record: Record<string, Value>,
  change: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(record)
      .toReversed()
      .map(([key, value]) => [key, change(value)]),
  );
}

test('rules add up: several in a document say what each action comes to by or', () => {
  fc.assert(
    fc.property(document, input, (rules, to) => {
      const apart = rules.map((each) => evaluate(each, to));
      const together = evaluate(rules, to);
      for (const action of ['allow', 'deny'] as const)
        assert.equal(
          together[action].value,
          apart.some((verdict) => verdict[action].value),
        );
    }),
  );
});

test('printed as YAML and read again, a policy says the same', () => {
  fc.assert(
    fc.property(document, input, (rules, to) => {
      assert.deepEqual(evaluate(stringify(rules), to), evaluate(rules, to));
      assert.deepEqual(evaluate(JSON.stringify(rules, null, 1), to), evaluate(rules, to));
    }),
  );
});

function onlyPolicyError(source: unknown): void {
  try {
    compilePolicy(source);
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    assert.ok(error.problems.length > 0);
  }
}

const fragments = fc
  .array(
    fc.constantFrom(
      'allow',
      'deny',
      'or',
      'user',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a',
      '*a',
      '!t',
      '"',
      "'",
      '|',
      '>',
      '#',
      '---',
      '%',
      '?',
      '\t',
      '\u0000',
      '\ud800',
      '1',
      '<<',
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''));

test('no input throws anything but a PolicyError', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), onlyPolicyError));
  fc.assert(fc.property(fragments, onlyPolicyError), { numRuns: 2000 });
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
      }),
      onlyPolicyError,
    ),
  );
  fc.assert(fc.property(fc.json(), onlyPolicyError));
});

test('no data of a criterion throw anything but a PolicyError', () => {
  const names = fc.constantFrom(
    'user',
    'groups',
    'claim/x',
    'source_ip',
    'client_certificate',
    'date',
    'day_of_week',
    'time_of_day',
    'accept',
  );
  const keys = fc.constantFrom(
    'is',
    'in',
    'has',
    'after',
    'before',
    'timezone',
    'fingerprint',
    'san_dns',
    'spki_hash',
  );
  const data = fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()));
  fc.assert(
    fc.property(names, data, input, (name, value, to) => {
      onlyPolicyError({ allow: { nor: [{ [name]: value }] } });
      try {
        evaluate({ allow: { nor: [{ [name]: value }] } }, to);
      } catch (error) {
        assert.ok(error instanceof PolicyError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
