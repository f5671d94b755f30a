import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { Implementation } from './operation-context.ts';

/** What is wrong with policies, or probably not meant. */
export const lintText: Implementation<Operations['policies']['lint']> = async ({ body }, { lint }) => {
  const answer = await lint(body.text);
  if (!answer)
    throw new OperationError('unprocessable', 'the text can not be looked at', [
      { path: 'body.text', message: 'takes too much time or memory to read: send less of it' },
    ]);
  return { body: { findings: [...answer.findings], more: answer.more } };
};
