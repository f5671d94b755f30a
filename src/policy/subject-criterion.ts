import type { CriterionKind } from './criterion.ts';
import type { PolicySubject } from './policy-input.ts';
import { reasonOf } from './reason.ts';
import { compileStringMatcher } from './string-matcher.ts';

/**
 * A criterion on one text about the caller. Without a caller it is `user-unauthenticated`, and without the text it never
 * holds, not even with `not`.
 */
export function defineSubjectCriterion(
  name: 'user' | 'email' | 'domain',
  textOf: (subject: PolicySubject) => string | undefined,
  lint: NonNullable<CriterionKind['lint']>,
): CriterionKind {
  const [ok, unauthorized] = [reasonOf(`${name}-ok`), reasonOf(`${name}-unauthorized`)];
  const unauthenticated = reasonOf('user-unauthenticated');
  return {
    name,
    data: 'string',
    compile(data, problems) {
      const test = compileStringMatcher(data, problems);
      return (
        test &&
        (({ subject }) => {
          if (subject === undefined) return unauthenticated;
          const text = textOf(subject);
          return text !== undefined && test(text) ? ok : unauthorized;
        })
      );
    },
    lint,
  };
}
