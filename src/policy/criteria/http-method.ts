import type { CriterionKind } from '../criterion.ts';
import { LONGEST_METHOD, textCost } from '../criterion-cost.ts';
import { STRING } from '../criterion-data.ts';
import { lintOtherTexts } from '../lint/lint-other-texts.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { reasonOf } from '../reason.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const OK = reasonOf('http-method-ok');
const UNAUTHORIZED = reasonOf('http-method-unauthorized');

/** RFC 9110 §5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

const METHODS: TextKind = {
  name: 'methods',
  impossible: (value) =>
    TOKEN.test(value) ? undefined : 'no method is empty or has such characters; several are in: [GET, POST]',
  doubtful: (value) =>
    value === value.toUpperCase() ? undefined : 'letter case counts, and methods such as GET are upper case',
};

/** Holds if the request's method matches. Letter case counts. */
export const httpMethod: CriterionKind = {
  name: 'http_method',
  data: STRING,
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    return test && (({ request }) => (test(request.method) ? OK : UNAUTHORIZED));
  },
  cost: (data) => textCost(data, LONGEST_METHOD),
  lint(data, notes) {
    lintStringMatcher(data, METHODS, notes);
    lintOtherTexts(data, 'method', (text, part) => part === 'whole' && TOKEN.test(text), notes);
  },
};
