import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { reasonOf } from '../reason.ts';

const CORS = reasonOf('cors-request');
const NON_CORS = reasonOf('non-cors-request');

/** Holds for a CORS preflight: OPTIONS with `Origin` and `Access-Control-Request-Method`. */
export const corsPreflight: CriterionKind = {
  name: 'cors_preflight',
  data: IGNORED,
  unknowable: { part: 'headers', reasons: [CORS.name, NON_CORS.name] },
  compile:
    () =>
    ({ request }) =>
      request.method === 'OPTIONS' &&
      request.header('access-control-request-method').length > 0 &&
      request.header('origin').length > 0
        ? CORS
        : NON_CORS,
};
