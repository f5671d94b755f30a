import type { Precondition } from '../contract/operation.ts';
import { Refused } from './problem.ts';

/** Reads `If-Match` and `If-None-Match`; RFC 9110 §13.1. Throws `Refused` for what no answer of ours could have said. */
export function readPrecondition(headers: {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}): Precondition {
  const { ifMatch, ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*')
    throw new Refused('invalid', 'If-None-Match can be * here, and nothing else');
  return {
    ifMatch: ifMatch === undefined ? undefined : ifMatch.trim() === '*' ? 'any' : revisionOf(ifMatch),
    ifAbsent: ifNoneMatch !== undefined,
  };
}

function revisionOf(tag: string): number {
  const digits = /^"(\d{1,15})"$/.exec(tag.trim())?.[1];
  // Another server's tag is a good one that fits nothing.
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

/**
 * Throws `Refused` where what is there is not what the caller expects.
 * @param revision of what is there; undefined where nothing is
 * @param required whether one that is there may only be replaced by somebody who says which
 */
export function checkPrecondition(
  { ifMatch, ifAbsent }: Precondition,
  revision: number | undefined,
  required: boolean,
): void {
  if (ifAbsent && revision !== undefined) throw new Refused('precondition-failed', 'there is one already');
  if (ifMatch === undefined) {
    if (required && revision !== undefined && !ifAbsent)
      throw new Refused(
        'precondition-required',
        'say which version this replaces: If-Match with the ETag that was read, or * for any',
      );
    return;
  }
  if (revision === undefined) throw new Refused('precondition-failed', 'there is none any more');
  if (ifMatch !== 'any' && ifMatch !== revision)
    throw new Refused('precondition-failed', 'it was changed since it was read: read it again');
}
