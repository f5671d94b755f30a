import type { CriterionKind } from './criterion.ts';
import { textCost } from './criterion-cost.ts';
import { STRING } from './criterion-data.ts';
import type { PolicySubject } from './policy-input.ts';
import { reasonOf } from './reason.ts';
import { compileStringMatcher } from './string-matcher.ts';

/**
 * Defines a criterion on one text about the caller. Without a caller it gives `user-unauthenticated`. Without the text it
 * never holds, not even with `not`.
 * @param longest maximum length of the text, in characters
 */
export function defineSubjectCriterion(
  name: 'user' | 'email' | 'domain',
  textOf: (subject: PolicySubject) => string | undefined,
  longest: number,
  lint: NonNullable<CriterionKind['lint']>,
): CriterionKind {
  const [ok, unauthorized] = [reasonOf(`${name}-ok`), reasonOf(`${name}-unauthorized`)];
  const unauthenticated = reasonOf('user-unauthenticated');
  return {
    name,
    data: STRING,
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
    // A decision records the user ID. The rest is looked up.
    ...(name !== 'user' && { unknowable: { part: 'directory', reasons: [ok.name, unauthorized.name] } }),
    cost: (data) => textCost(data, longest),
    lint,
  };
}
