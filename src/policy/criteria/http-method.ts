import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileRequestMatcher } from '../request-matcher.ts';

const OK = reasonBit('http-method-ok');
const UNAUTHORIZED = reasonBit('http-method-unauthorized');

/** Holds where the request's method fits; letter case counts. */
export const httpMethod: CriterionKind = {
  name: 'http_method',
  data: 'string',
  compile(data, problems) {
    const test = compileRequestMatcher(data, problems);
    return test && (({ request }) => (test(request.method, request.path) ? OK : UNAUTHORIZED));
  },
};
