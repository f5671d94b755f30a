import type { Caller } from '../accounts/caller.ts';
import type { GroupFilter } from '../accounts/group-filter.ts';
import { headerBytes } from './identity-headers.ts';

/** A header that carries one claim of the caller to the upstream. */
interface ClaimHeader {
  /** Lower case, such as `x-pomerium-claim-email`. */
  readonly header: string;
  /** `user`, `sub`, `email`, `name`, `groups`, or a claim of the directory user. */
  readonly claim: string;
}

const HEADER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** A comma would read as one more value, a control character could end the line. */
const UNSAFE = /[,\p{Cc}\p{Cs}]/u;

/** Throws for a name that some upstreams could confuse with another header. */
export function checkClaimHeaders(headers: readonly ClaimHeader[]): void {
  for (const { header } of headers)
    if (!HEADER_NAME.test(header))
      throw new Error(`${JSON.stringify(header)} can't be a claim header: expected a-z, 0-9 and "-"`);
}

/** A claim header with its value for one caller. */
export interface FilledClaimHeader extends ClaimHeader {
  readonly value: string;
}

/** Settings of the identity that upstreams receive. */
export interface IdentitySettings {
  readonly claimHeaders: readonly ClaimHeader[];
  /** For the assertion too. */
  readonly filterGroups: GroupFilter;
  /** Of the assertion and the claim headers together. */
  readonly maxHeaderBytes: number;
}

/**
 * The headers for this caller, several values of a claim joined by a comma; those without a value are missing.
 * @param onOmitted called once for each value that no header can carry
 */
export function fillClaimHeaders(
  caller: Caller,
  { claimHeaders, filterGroups }: Omit<IdentitySettings, 'maxHeaderBytes'>,
  onOmitted: (header: string) => void,
): FilledClaimHeader[] {
  const filled: FilledClaimHeader[] = [];
  for (const { header, claim } of claimHeaders) {
    const values: string[] = [];
    for (const each of claimValues(caller, claim, filterGroups)) {
      const text = String(each);
      if (UNSAFE.test(text)) onOmitted(header);
      else if (text !== '') values.push(text);
    }
    if (values.length > 0) filled.push({ header, claim, value: values.join(',') });
  }
  return filled;
}

/**
 * Those that fit into so many bytes. Left out are groups first, then the last of the others, until the rest fits; a header is
 * sent whole or not at all.
 * @param withGroups false: groups are left out in any case
 */
export function fitClaimHeaders(
  filled: readonly FilledClaimHeader[],
  room: number,
  withGroups: boolean,
): { readonly sent: readonly FilledClaimHeader[]; readonly leftOut: readonly FilledClaimHeader[] } {
  let bytes = bytesOf(filled);
  const isGroups = ({ claim }: ClaimHeader) => claim === 'groups';
  const lastFirst = filled.toReversed();
  const leftOut: FilledClaimHeader[] = [];
  for (const each of [...lastFirst.filter(isGroups), ...lastFirst.filter((one) => !isGroups(one))]) {
    if (bytes <= room && (withGroups || !isGroups(each))) continue;
    leftOut.push(each);
    bytes -= headerBytes(each.header, each.value);
  }
  return { sent: filled.filter((each) => !leftOut.includes(each)), leftOut };
}

export function bytesOf(filled: readonly FilledClaimHeader[]): number {
  return filled.reduce((sum, { header, value }) => sum + headerBytes(header, value), 0);
}

function claimValues(
  caller: Caller,
  claim: string,
  filterGroups: GroupFilter,
): readonly (string | number | boolean)[] {
  switch (claim) {
    case 'user':
    case 'sub':
      return [caller.userId];
    case 'email':
      return [caller.email];
    case 'name':
      return [caller.name];
    case 'groups':
      return filterGroups(caller.groups);
    default:
      return caller.claims.get(claim) ?? [];
  }
}
