import type { SourceNode } from './policy-source.ts';
import type { ProblemList } from './problem-list.ts';
import { compileStringMatcher } from './string-matcher.ts';

/** Whether a request's text fits; `other` is its other one, of method and path. */
export type RequestTest = (text: string, other: string) => boolean;

/**
 * Compiles the string matcher of `http_method` and `http_path`.
 *
 * Pomerium's rule for these two with a `not` asks whether any text of the request fits, not whether this one does: a
 * GET of /x is "not GET", since "/x" is not. So a lone `not` always holds. The vectors say so (161, 594; 73 with a
 * second operator), and whoever means it writes `not_in`, which does what it says.
 */
export function compileRequestMatcher(data: SourceNode, problems: ProblemList): RequestTest | undefined {
  const test = compileStringMatcher(data, problems);
  const not = data.kind === 'map' ? data.entries.find((entry) => entry.key === 'not') : undefined;
  if (test === undefined || not === undefined) return test;
  problems.warn(
    not,
    'holds for this value too, as in Pomerium: to leave it out, write not_in with a list of it',
  );
  return (text, other) => test(text) || test(other);
}
