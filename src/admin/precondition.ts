import type { Precondition } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';

/** Reads `If-Match` and `If-None-Match`; RFC 9110 §13.1. Throws `OperationError` for what no answer of ours could have said. */
export function readPrecondition(headers: {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}): Precondition {
  const { ifMatch, ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*')
    throw new OperationError('invalid', 'If-None-Match can be * here, and nothing else');
  return {
    ifMatch: ifMatch === undefined ? undefined : ifMatch.trim() === '*' ? 'any' : revisionOf(ifMatch),
    ifAbsent: ifNoneMatch !== undefined,
  };
}

function revisionOf(tag: string): number {
  const digits = /^"(\d{1,15})"$/.exec(tag.trim())?.[1];
  // Another server's tag is valid and matches nothing.
  return digits === undefined ? -1 : Number(digits);
}

export function formatTag(revision: number): string {
  return `"${revision}"`;
}

/** Whether `If-None-Match` or `If-Match` names the tag, by weak comparison; RFC 9110 §8.8.3.2. */
export function matchesTag(header: string, tag: string): boolean {
  return header.split(',').some((each) => each.trim() === '*' || bare(each.trim()) === bare(tag));
}

function bare(tag: string): string {
  return tag.replace(/^W\//, '');
}
