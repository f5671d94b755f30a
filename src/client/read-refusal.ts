import { z } from 'zod';
import { OPERATION_CODES, type OperationCode, OperationError } from '../contract/operation-error.ts';
import { printableLines } from '../text/printable.ts';

/** Characters of a text, which may come from any server. */
const MAX_TEXT = 2000;
const MAX_ISSUES = 1000;

/** Text of a server as it may be shown: a line stays a line. */
export function shownText(text: string): string {
  const shown = printableLines(text);
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}

const Text = z.string().transform(shownText);

/** Problem details (RFC 9457), as far as they are used. */
const ProblemDetails = z.object({
  code: z.enum(OPERATION_CODES).optional().catch(undefined),
  detail: Text.catch(''),
  errors: z
    .array(z.object({ path: Text, message: Text }))
    .catch([])
    .transform((errors) => errors.slice(0, MAX_ISSUES)),
});

/** For an answer that does not say its code: of another version, or of a proxy in front. */
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

/** The refusal that a server answers with; its code is undefined for an answer that is none of ours. */
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
