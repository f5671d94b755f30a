import { z } from 'zod';
import { OPERATION_CODES, type OperationCode, OperationError } from '../contract/operation-error.ts';
import { printableLines } from '../text/printable.ts';

/** Characters; the server is untrusted. */
const MAX_TEXT = 2000;
const MAX_ISSUES = 1000;

/** A server's text, safe to print. */
export function shownText(text: string): string {
  const shown = printableLines(text);
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}

const Text = z.string().transform(shownText);

/** Problem details (RFC 9457), the fields that are used. */
const ProblemDetails = z.object({
  code: z.enum(OPERATION_CODES).optional().catch(undefined),
  detail: Text.catch(''),
  errors: z
    .array(z.object({ path: Text, message: Text }))
    .catch([])
    .transform((errors) => errors.slice(0, MAX_ISSUES)),
});

/** For an answer without a code: from another version, or from a proxy. */
const CODES: Readonly<Record<number, OperationCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  412: 'precondition-failed',
  413: 'too-large',
  422: 'unprocessable',
  428: 'precondition-required',
  429: 'too-many-requests',
  503: 'unavailable',
};

/** The refusal in a server's answer; without `code` if the answer does not come from an admin API. */
export function readRefusal(
  status: number,
  body: unknown,
  retryAfter: string | undefined,
): OperationError | { readonly detail: string } {
  const {
    code = CODES[status],
    detail,
    errors,
  } = ProblemDetails.catch({ detail: '', errors: [] }).parse(body);
  if (CODES[status] === undefined || code === undefined) return { detail };
  const seconds = /^\d{1,6}$/.exec(retryAfter ?? '')?.[0];
  return new OperationError(
    code,
    detail,
    errors,
    seconds === undefined ? {} : { retryAfter: Number(seconds) },
  );
}
