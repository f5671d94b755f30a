import { type Issue, OperationError } from '../../contract/operation-error.ts';

import { nameCases, runCases } from '../../policy/judge-policy-cases.ts';
import { sees } from '../../roles/grants.ts';
import { runStepsInSlices } from '../../snapshot/run-steps.ts';
import type { HandlerContext, Handlers } from '../handler.ts';
import { tryRecorded } from '../try-recorded.ts';

export const POLICY_HANDLERS: Pick<Handlers['policies'], 'lint' | 'test' | 'try'> = {
  async lint({ body }, { linter }) {
    const answer = await linter.lint(body.text);
    if (!answer)
      throw new OperationError('unprocessable', 'the text can not be looked at', [
        { path: 'body.text', message: 'takes too much time or memory to read: send less of it' },
      ]);
    return { body: { findings: [...answer.findings], more: answer.more } };
  },

  async test({ body: { cases, documents } }, context) {
    const texts = new Map<string, unknown>(documents.map(({ id, ppl }) => [id, ppl]));
    const named = cases.flatMap(({ policy }) => (policy === undefined || texts.has(policy) ? [] : [policy]));
    for (const [id, ppl] of await findDocuments(named, context)) texts.set(id, ppl);
    const mistakes = cases.flatMap(({ policy }, index): Issue[] =>
      policy === undefined || texts.has(policy)
        ? []
        : [{ path: `body.cases.${index}.policy`, message: `there is no policy ${JSON.stringify(policy)}` }],
    );
    if (mistakes.length > 0)
      throw new OperationError('not-found', 'cases name policies that are not there', mistakes);
    const failures = await runStepsInSlices(runCases(nameCases(cases), (policy) => texts.get(policy)));
    return { body: { passed: cases.length - failures.length, failed: failures.length, failures } };
  },

  try: ({ body }, context) => tryRecorded(body, context),
};

/** Of the policies that may be seen. */
async function findDocuments(
  ids: readonly string[],
  { reader, grants }: HandlerContext,
): Promise<[id: string, ppl: unknown][]> {
  const found = await reader.findAll('policy', ids);
  return [...found.values()].flatMap(({ id, namespace, ppl }) =>
    sees(grants, namespace) ? [[id, ppl] as [string, unknown]] : [],
  );
}
