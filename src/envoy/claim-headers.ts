import type { Caller } from '../accounts/caller.ts';

/** A header that tells the upstream one thing about the caller. */
export interface ClaimHeader {
  /** Lower case, such as `x-pomerium-claim-email`. */
  readonly header: string;
  /** `user`, `sub`, `email`, `name`, `groups`, or a claim of the directory user. */
  readonly claim: string;
}

const HEADER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** A comma would read as one more value, a control character could end the line. */
const UNSAFE = /[,\p{Cc}\p{Cs}]/u;

/** Throws where a name could not be told apart from another header by every upstream. */
export function checkClaimHeaders(headers: readonly ClaimHeader[]): void {
  for (const { header } of headers)
    if (!HEADER_NAME.test(header))
      throw new Error(`${JSON.stringify(header)} can't be a claim header: expected a-z, 0-9 and "-"`);
}

/**
 * The header's value for this caller, several values joined by a comma; undefined where there is none.
 * @param onOmitted called once for each value that no header can carry
 */
export function claimHeaderValue(caller: Caller, claim: string, onOmitted: () => void): string | undefined {
  const values: string[] = [];
  for (const value of claimValues(caller, claim)) {
    const text = String(value);
    if (UNSAFE.test(text)) onOmitted();
    else if (text !== '') values.push(text);
  }
  return values.length === 0 ? undefined : values.join(',');
}

function claimValues(caller: Caller, claim: string): readonly (string | number | boolean)[] {
  switch (claim) {
    case 'user':
    case 'sub':
      return [caller.userId];
    case 'email':
      return [caller.email];
    case 'name':
      return [caller.name];
    case 'groups':
      return caller.groups;
    default:
      return caller.claims.get(claim) ?? [];
  }
}
