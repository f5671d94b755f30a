import type { CriterionKind } from '../criterion.ts';
import { reasonBit } from '../reason-set.ts';
import { compileRequestMatcher } from '../request-matcher.ts';

const OK = reasonBit('http-path-ok');
const UNAUTHORIZED = reasonBit('http-path-unauthorized');

/** Holds where the request's path fits, percent-decoded and without its query. */
export const httpPath: CriterionKind = {
  name: 'http_path',
  data: 'string',
  uses: 'path',
  compile(data, problems) {
    const test = compileRequestMatcher(data, problems);
    return test && (({ request }) => (test(request.path, request.method) ? OK : UNAUTHORIZED));
  },
};
