import assert from 'node:assert/strict';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { PolicyError } from '../../src/policy/policy-error.ts';
import type { PolicyInput, PolicyRequest, PolicySubject } from '../../src/policy/policy-input.ts';
import type { PolicyReason } from '../../src/policy/policy-reason-schema.ts';
import { vectors } from './vector-input.ts';

export const alice: PolicySubject = {
  userId: 'alice',
  email: 'alice@example.com',
  directoryUser: {},
  groups: ['devs', 'ops'],
  claims: new Map<string, (string | number | boolean)[]>([
    ['department', ['eng']],
    ['level', [3, true]],
  ]),
};

const get: PolicyRequest = {
  method: 'GET',
  path: '/v1/orders',
  header: () => [],
  ip: '10.1.2.3',
  clientCertificate: { presented: false, valid: false, leaf: undefined },
  time: Date.parse('2027-01-06T12:00:00Z'),
};

/** A request of alice's, but for what a case changes; `nobody` where the caller is not known. */
export function inputOf(
  subject: Partial<PolicySubject> | 'nobody',
  request: Partial<PolicyRequest> = {},
): PolicyInput {
  return {
    subject: subject === 'nobody' ? undefined : { ...alice, ...subject },
    request: { ...get, ...request },
  };
}

/** What one criterion says: its value and its one reason. */
export function ask(
  criterion: Record<string, unknown>,
  input: PolicyInput,
): [boolean, PolicyReason | undefined] {
  const { allow, deny } = compilePolicy({ allow: { and: [criterion] } }).evaluate(input);
  assert.deepEqual(deny, { value: false, reasons: [] });
  assert.equal(allow.reasons.length, 1);
  return [allow.value, allow.reasons[0]];
}

/** Asserts that a document is refused, with a problem at that path that says so. */
export function assertRefused(source: unknown, path: string, message: RegExp): void {
  assert.throws(
    () => compilePolicy(source),
    (error) => {
      assert.ok(error instanceof PolicyError, String(error));
      const problem = error.problems.find((each) => each.path === path);
      assert.ok(problem, `no problem at ${path}, but: ${error.message}`);
      assert.match(problem.message, message);
      return true;
    },
  );
}

/** The two client certificates of the vectors, client1 first. */
export const [client1, client2] = ['client1', 'client2'].map((name) => {
  for (const { request } of vectors) {
    const { leaf } = request.client_certificate;
    if (leaf?.subject === `CN=${name}`) return leaf;
  }
  throw new Error(`no vector has a certificate of ${name}`);
});
