import { z } from 'zod';
import { printableLines } from '../text/printable.ts';

/** A mistake in a request: where, and what was expected. */
export interface Mistake {
  readonly path: string;
  readonly message: string;
}

/** Problem details (RFC 9457) as far as they are told. */
export interface Problem {
  readonly detail: string;
  readonly mistakes: readonly Mistake[];
}

const MAX_TEXT = 2000;
const MAX_MISTAKES = 1000;

/** Text of a server's, which may be anybody's, as it may be shown: a line stays a line. */
export function shownText(text: string): string {
  const shown = printableLines(text);
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}

const ToldProblem = z.string().transform(shownText);

const ProblemDetails = z.object({
  detail: ToldProblem.catch(''),
  errors: z
    .array(z.object({ path: ToldProblem, message: ToldProblem }))
    .catch([])
    .transform((errors) => errors.slice(0, MAX_MISTAKES)),
});

/** What a refusal says; nothing where it is not problem details. */
export function readProblem(body: unknown): Problem {
  const read = ProblemDetails.safeParse(body);
  return read.success
    ? { detail: read.data.detail, mistakes: read.data.errors }
    : { detail: '', mistakes: [] };
}
