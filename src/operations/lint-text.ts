import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { Implementation } from './operation-context.ts';

/** Errors in policies, and what is probably not meant. */
export const lintText: Implementation<Operations['policies']['lint']> = async ({ body }, { lint }) => {
  const answer = await lint(body.text);
  if (!answer)
    throw new OperationError('unprocessable', 'the text was not checked', [
      { path: 'body.text', message: 'takes too much time or memory to read: send less of it' },
    ]);
  return { body: { findings: [...answer.findings], more: answer.more } };
};
