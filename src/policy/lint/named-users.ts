import type { Placed, SourceNode } from '../../text/source-node.ts';
import { ProblemList } from '../problem-list.ts';
import { readPolicy } from '../read-policy-value.ts';
import { operandsOf, textsOf } from './lint-string-matcher.ts';

/** A complete user ID in a policy. */
export interface NamedUser extends Placed {
  readonly user: string;
}

const WHOLE: ReadonlySet<string> = new Set(['is', 'in', 'not', 'not_in']);

/** The user IDs of a policy's `user` criteria, in the document's order. Empty if the source is not a policy. */
export function namedUsers(source: unknown): NamedUser[] {
  const problems = new ProblemList(undefined);
  const root = readPolicy(source, problems);
  return root === undefined || problems.found ? [] : usersIn(root);
}

function usersIn(node: SourceNode): NamedUser[] {
  if (node.kind === 'list') return node.items.flatMap(usersIn);
  if (node.kind !== 'map') return [];
  return node.entries.flatMap(({ key, value }) => {
    if (key !== 'user') return usersIn(value);
    return operandsOf(value)
      .filter(({ operator }) => WHOLE.has(operator))
      .flatMap((operand) =>
        textsOf(operand).map((user) => ({ user, path: operand.at.path, offset: operand.at.offset })),
      );
  });
}
