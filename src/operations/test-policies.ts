import type { Operations } from '../contract/contract.ts';
import { type Issue, OperationError } from '../contract/operation-error.ts';
import { PolicyCase } from '../policy/policy-case.ts';
import type { PolicyCaseSpec } from '../policy/policy-case-schema.ts';
import { nameCases, runCases } from '../policy/run-policy-cases.ts';
import { sees } from '../roles/grants.ts';
import { runStepsInSlices } from '../snapshot/run-steps.ts';
import type { Implementation, OperationContext } from './operation-context.ts';

export const testPolicies: Implementation<Operations['policies']['test']> = async (
  { body: { cases: specs, documents } },
  context,
) => {
  const cases = readCases(specs);
  const texts = new Map<string, unknown>(documents.map(({ id, ppl }) => [id, ppl]));
  const named = cases.flatMap(({ policy }) => (policy === undefined || texts.has(policy) ? [] : [policy]));
  for (const [id, ppl] of await findDocuments(named, context)) texts.set(id, ppl);
  const issues = cases.flatMap(({ policy }, index): Issue[] =>
    policy === undefined || texts.has(policy)
      ? []
      : [{ path: `body.cases.${index}.policy`, message: `there is no policy ${JSON.stringify(policy)}` }],
  );
  if (issues.length > 0)
    throw new OperationError('not-found', 'cases name policies that are not there', issues);
  const failures = await runStepsInSlices(runCases(nameCases(cases), (policy) => texts.get(policy)));
  return { body: { passed: cases.length - failures.length, failed: failures.length, failures } };
};

function readCases(specs: readonly PolicyCaseSpec[]): PolicyCase[] {
  const issues: Issue[] = [];
  const cases = specs.flatMap((spec, index) => {
    const { data, error } = PolicyCase.safeParse(spec);
    for (const { path, message } of error?.issues ?? [])
      issues.push({ path: ['body', 'cases', index, ...path].join('.'), message });
    return data ?? [];
  });
  if (issues.length > 0) throw new OperationError('invalid', 'the request is not valid', issues);
  return cases;
}

async function findDocuments(
  ids: readonly string[],
  { reader, grants }: OperationContext,
): Promise<[id: string, ppl: unknown][]> {
  const found = await reader.findAll('policy', ids);
  return [...found.values()].flatMap(({ id, namespace, ppl }) =>
    sees(grants, namespace) ? [[id, ppl] as [string, unknown]] : [],
  );
}
