import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { evaluatePolicies, evaluateShadow, type LoadedPolicy } from '../../src/policy/evaluate-policies.ts';
import { Policy } from '../../src/policy/policy-schema.ts';
import { inputOf } from '../support/policy-cases.ts';

const documents: Record<string, unknown> = {
  allow: { allow: { or: [{ accept: true }] } },
  'allow alice': { allow: { or: [{ user: 'alice' }] } },
  'allow bob': { allow: { or: [{ user: 'bob' }] } },
  'allow all but bob': { allow: { not: [{ user: 'bob' }] } },
  'allow GET': { allow: { or: [{ http_method: 'GET' }] } },
  'allow POST': { allow: { or: [{ http_method: 'POST' }] } },
  'allow with certificate': { allow: { not: [{ invalid_client_certificate: true }] } },
  'allow without certificate': { allow: { or: [{ invalid_client_certificate: true }] } },
  'deny GET': { deny: { or: [{ http_method: 'GET' }] } },
  'deny POST': { deny: { or: [{ http_method: 'POST' }] } },
  'deny bob': { deny: { or: [{ user: 'bob' }] } },
  'deny without certificate': { deny: { or: [{ invalid_client_certificate: true }] } },
  'deny with certificate': { deny: { not: [{ invalid_client_certificate: true }] } },
  empty: [],
};

function load(name: string, mode: 'enforce' | 'shadow' = 'enforce'): LoadedPolicy {
  const ppl = documents[name];
  assert.notEqual(ppl, undefined, name);
  const policy = Policy.parse({
    id: name.replaceAll(' ', '-').toLowerCase(),
    namespace: 'global',
    name,
    mode,
    ppl,
  });
  return { policy, compiled: compilePolicy(policy.ppl) };
}

function decide(names: string[], caller: 'alice' | 'nobody', mode?: 'shadow') {
  const loaded = names.map((name) => load(name, mode));
  const input = inputOf(caller === 'nobody' ? 'nobody' : {});
  const { outcome, reasons, policy } =
    mode === 'shadow' ? evaluateShadow(loaded, input) : evaluatePolicies(loaded, input);
  return [outcome, reasons, policy?.name];
}

const cert = 'client-certificate-required';
const cases: [string[], 'alice' | 'nobody', string, string[], string | undefined][] = [
  [[], 'alice', 'none', [], undefined],
  [['empty'], 'alice', 'none', [], undefined],
  [['allow'], 'nobody', 'allow', ['accept'], 'allow'],
  [['allow bob'], 'alice', 'none', ['user-unauthorized'], 'allow bob'],
  [['allow bob', 'allow alice'], 'alice', 'allow', ['user-ok'], 'allow alice'],
  [
    ['allow POST', 'allow bob'],
    'alice',
    'none',
    ['http-method-unauthorized', 'user-unauthorized'],
    'allow POST',
  ],
  [['allow GET', 'allow alice'], 'alice', 'allow', ['http-method-ok', 'user-ok'], 'allow GET'],
  [['deny POST'], 'alice', 'none', [], undefined],
  [['deny POST', 'allow'], 'alice', 'allow', ['accept'], 'allow'],
  [['allow', 'deny GET'], 'alice', 'deny', ['http-method-ok'], 'deny GET'],
  [['deny POST', 'deny GET', 'allow'], 'alice', 'deny', ['http-method-ok'], 'deny GET'],
  // Nobody: a reason that asks for a caller goes before every verdict, on either side.
  [['allow alice'], 'nobody', 'unauthenticated', ['user-unauthenticated'], 'allow alice'],
  [['allow', 'allow alice'], 'nobody', 'allow', ['accept'], 'allow'],
  [['allow all but bob'], 'nobody', 'unauthenticated', ['user-unauthenticated'], 'allow all but bob'],
  [['allow', 'deny bob'], 'nobody', 'unauthenticated', ['user-unauthenticated'], 'deny bob'],
  [['allow alice', 'deny GET'], 'nobody', 'unauthenticated', ['user-unauthenticated'], 'allow alice'],
  [
    ['allow POST', 'allow bob'],
    'nobody',
    'unauthenticated',
    ['user-unauthenticated', 'http-method-unauthorized'],
    'allow bob',
  ],
  // A client certificate goes before the caller, whether the deny came true or not.
  [['allow', 'deny without certificate'], 'alice', 'client-certificate', [cert], 'deny without certificate'],
  [['allow', 'deny with certificate'], 'alice', 'client-certificate', [cert], 'deny with certificate'],
  [
    ['allow alice', 'deny without certificate'],
    'nobody',
    'client-certificate',
    [cert],
    'deny without certificate',
  ],
  [
    ['deny GET', 'deny without certificate'],
    'alice',
    'client-certificate',
    [cert, 'http-method-ok'],
    'deny without certificate',
  ],
  // On the allow side it only says why none allows.
  [['allow without certificate'], 'alice', 'allow', [cert], 'allow without certificate'],
  [['allow with certificate'], 'alice', 'client-certificate', [cert], 'allow with certificate'],
  [
    ['allow with certificate', 'allow alice'],
    'nobody',
    'unauthenticated',
    ['user-unauthenticated', cert],
    'allow alice',
  ],
  [['allow with certificate', 'allow alice'], 'alice', 'allow', ['user-ok'], 'allow alice'],
];
for (const [names, caller, ...expected] of cases)
  test(`for ${caller}, ${names.map((name) => `"${name}"`).join(' and ') || 'no policy'} come to ${expected[0]}`, () => {
    assert.deepEqual(decide(names, caller), expected);
  });

test('shadow policies take no part in a decision', () => {
  const policies = [load('deny GET', 'shadow'), load('allow alice')];
  assert.equal(evaluatePolicies(policies, inputOf({})).outcome, 'allow');
  assert.equal(evaluatePolicies([load('allow', 'shadow')], inputOf({})).outcome, 'none');
});

test('shadow policies are judged by themselves', () => {
  assert.deepEqual(decide(['allow', 'deny GET'], 'alice', 'shadow'), [
    'deny',
    ['http-method-ok'],
    'deny GET',
  ]);
  const { outcome, policy } = evaluateShadow([load('deny GET'), load('allow', 'shadow')], inputOf({}));
  assert.deepEqual([outcome, policy?.name], ['allow', 'allow']);
});

test('a decision leaves nothing behind for the next one', () => {
  assert.equal(decide(['allow', 'deny GET', 'allow bob'], 'alice')[0], 'deny');
  assert.deepEqual(decide(['allow bob'], 'alice'), ['none', ['user-unauthorized'], 'allow bob']);
});
