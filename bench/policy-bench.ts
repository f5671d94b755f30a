import { compilePolicy } from '../src/policy/compile-policy.ts';
import { evaluatePolicies, type LoadedPolicy } from '../src/policy/evaluate-policies.ts';
import type { PolicyInput } from '../src/policy/policy-input.ts';
import { Policy } from '../src/policy/policy-schema.ts';

/** How long a step of the policy language takes, by the median of several runs. */
export interface PolicyRow {
  readonly name: string;
  /** Microseconds of one, on the wall clock. */
  readonly us: number;
}

const RUNS = 9;

/** What the language alone costs, without gRPC, tokens or a store: issue 5, "How fast". */
export function measurePolicies(): PolicyRow[] {
  const users = Array.from({ length: 10_000 }, (_, index) => `robot-${index}@team-a`);
  const three = load({
    allow: {
      and: [
        { user: { is: 'robot-9999@team-a' } },
        { http_method: { in: ['GET', 'HEAD'] } },
        { http_path: { starts_with: '/api/' } },
      ],
    },
  });
  const many = load({ allow: { or: [{ user: { in: users } }] } });
  const text = JSON.stringify(three.policy.ppl);
  const yaml =
    'allow:\n  and:\n    - user: {is: robot@team-a}\n    - http_method: {in: [GET, HEAD]}\n    - http_path: {starts_with: /api/}\n';
  return [
    { name: 'policy, 3 criteria', us: measureEach(inputs, (input) => decide(three, input)) },
    { name: 'policy, in of 10,000 users', us: measureEach(inputs, (input) => decide(many, input)) },
    { name: 'compile, 3 criteria, JSON', us: measureEach(() => Array(5_000).fill(text), compilePolicy) },
    { name: 'compile, 3 criteria, YAML', us: measureEach(() => Array(500).fill(yaml), compilePolicy) },
    {
      name: 'compile, in of 10,000 users',
      us: measureEach(() => Array(5).fill(many.policy.ppl), compilePolicy),
    },
  ];
}

function load(ppl: Policy['ppl']): LoadedPolicy {
  return { policy: Policy.parse({ id: 'measured', namespace: 'global', ppl }), compiled: compilePolicy(ppl) };
}

/** Each with texts of its own, as each request brings them: one that was compared before is compared faster. */
function inputs(): PolicyInput[] {
  return Array.from({ length: 50_000 }, () => ({
    subject: {
      userId: fresh('robot-9999@team-a'),
      email: '',
      directoryUser: undefined,
      groups: [],
      claims: new Map(),
    },
    request: {
      method: fresh('GET'),
      path: fresh('/api/things'),
      header: () => [],
      ip: '10.0.0.1',
      clientCertificate: { presented: false, valid: false, leaf: undefined },
      time: 0,
    },
  }));
}

function fresh(text: string): string {
  return Buffer.from(text).toString();
}

function decide(loaded: LoadedPolicy, input: PolicyInput): void {
  if (evaluatePolicies([loaded], input).outcome !== 'allow')
    throw new Error('the policy to measure does not allow');
}

/** Microseconds of one. The first run warms up and does not count. */
function measureEach<T>(prepare: () => T[], run: (each: T) => unknown): number {
  const results: number[] = [];
  for (let round = 0; round <= RUNS; round++) {
    const list = prepare();
    const start = performance.now();
    for (const each of list) run(each);
    if (round > 0) results.push(((performance.now() - start) * 1000) / list.length);
  }
  return results.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
}
