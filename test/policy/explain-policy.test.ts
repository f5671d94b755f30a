import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import type { LoadedPolicy } from '../../src/policy/evaluate-policies.ts';
import { explainPolicy, type PolicyExplanation } from '../../src/policy/explain-policy.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';
import { Policy } from '../../src/policy/policy-schema.ts';
import { inputOf } from '../support/policy-cases.ts';
import { vectorInput, vectors } from '../support/vector-input.ts';

function load(ppl: unknown): LoadedPolicy {
  return {
    policy: Policy.parse({ id: 'p', namespace: 'global', ppl }),
    compiled: compilePolicy(ppl),
  };
}

/** What follows from the parts by the rules of the language, told without the code under test. */
function assertPartsMakeTheWhole({ rules, ...whole }: PolicyExplanation): void {
  for (const action of ['allow', 'deny'] as const) {
    assert.equal(
      whole[action].value,
      rules.some((rule) => rule[action].value),
    );
    for (const rule of rules) {
      const operators = rule.operators.filter((operator) => operator.action === action);
      assert.equal(
        rule[action].value,
        operators.some(({ value }) => value),
      );
      for (const { operator, value, criteria } of operators) {
        const held = criteria.filter((criterion) => criterion.value).length;
        const wanted = {
          and: held === criteria.length,
          or: held > 0,
          not: held === 0,
          nor: held < criteria.length,
        };
        assert.equal(value, wanted[operator]);
      }
    }
  }
}

function assertExplains(loaded: LoadedPolicy, input: PolicyInput): void {
  const explained = explainPolicy(loaded, input);
  const { rules: _, ...verdict } = explained;
  assert.deepEqual(verdict, loaded.compiled.evaluate(input));
  assertPartsMakeTheWhole(explained);
}

test("every vector of Pomerium's is explained to the decision that Pomerium made", () => {
  let explained = 0;
  for (const vector of vectors) {
    if ('error' in vector.expect) continue;
    const { rules: _, ...verdict } = explainPolicy(load(vector.ppl), vectorInput(vector));
    const sorted = (side: { value: boolean; reasons: readonly string[] }) => ({
      value: side.value,
      reasons: [...side.reasons].sort(),
    });
    assert.deepEqual(
      { allow: sorted(verdict.allow), deny: sorted(verdict.deny) },
      { allow: sorted(vector.expect.allow), deny: sorted(vector.expect.deny) },
    );
    assertExplains(load(vector.ppl), vectorInput(vector));
    explained += 1;
  }
  assert.ok(explained > 500, `${explained}`);
});

test('an explanation says what evaluate says, and its parts add up to it (property)', () => {
  const word = fc.constantFrom('alice', 'GET', '/v1/orders', 'eng', 'x');
  const criterion = fc.oneof(
    fc.constantFrom('accept', 'reject', 'authenticated_user').map((name) => ({ [name]: null })),
    fc
      .tuple(fc.constantFrom('user', 'http_method', 'http_path'), word)
      .map(([name, data]) => ({ [name]: data })),
    fc.tuple(fc.constantFrom('groups', 'claim/department'), word).map(([name, has]) => ({ [name]: { has } })),
  );
  const criteria = fc.array(criterion, { maxLength: 4 });
  const operators = fc.record(
    { and: criteria, or: criteria, not: criteria, nor: criteria },
    { requiredKeys: [] },
  );
  const rule = fc.record({ allow: operators, deny: operators }, { requiredKeys: [] });
  const document = fc.oneof(rule, fc.array(rule, { maxLength: 3 }));
  const input = fc.oneof(
    fc.constant(inputOf('nobody')),
    word.map((userId) => inputOf({ userId })),
  );
  fc.assert(
    fc.property(document, input, fc.boolean(), (ppl, to, asText) =>
      assertExplains(load(asText ? stringify(ppl) : ppl), to),
    ),
    { numRuns: 500 },
  );
});

test('each criterion comes with its place, its data, its value and its reason, under its rule and operator', () => {
  const ppl = `
- allow:
    and:
      - user: { in: [alice, bob] }
      - groups: { has: admins }
    not: [{ http_method: POST }]
- deny: { or: [{ reject: true }] }
`;
  const { rules } = explainPolicy(load(ppl), inputOf({ userId: 'alice', groups: ['devs'] }));
  assert.deepEqual(
    rules.map(({ path, operators }) => ({
      path,
      operators: operators.map(({ action, operator, value, criteria }) => [
        action,
        operator,
        value,
        ...criteria.map((each) => [each.path, each.data, each.value, each.reason]),
      ]),
    })),
    [
      {
        path: '[0]',
        operators: [
          [
            'allow',
            'and',
            false,
            ['[0].allow.and[0].user', '{"in":["alice","bob"]}', true, 'user-ok'],
            ['[0].allow.and[1].groups', '{"has":"admins"}', false, 'groups-unauthorized'],
          ],
          [
            'allow',
            'not',
            true,
            ['[0].allow.not[0].http_method', '"POST"', false, 'http-method-unauthorized'],
          ],
        ],
      },
      { path: '[1]', operators: [['deny', 'or', false, ['[1].deny.or[0].reject', 'true', false, 'reject']]] },
    ],
  );
});

test('a document of one rule has one rule without an index', () => {
  const { rules } = explainPolicy(load({ allow: { or: [{ accept: null }] } }), inputOf('nobody'));
  assert.deepEqual(
    rules.map(({ path }) => path),
    [''],
  );
});
