import { createHash } from 'node:crypto';
import { matchesTag } from '../precondition.ts';
import { ScimRefusal } from './scim-refusal.ts';

/**
 * The version of a resource (RFC 7644 §3.14): weak, and made from what it says, for the members of a group are kept with
 * the users.
 */
export function versionOf(resource: object): string {
  const hash = createHash('sha256').update(JSON.stringify(resource)).digest('base64url');
  return `W/"${hash.slice(0, 22)}"`;
}

/** Throws `ScimRefusal` where the caller expects another version. */
export function checkVersion(ifMatch: string | undefined, version: string): void {
  if (ifMatch !== undefined && !matchesTag(ifMatch, version))
    throw new ScimRefusal(412, 'it was changed since it was read: read it again');
}
