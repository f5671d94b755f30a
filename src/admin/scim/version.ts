import { createHash } from 'node:crypto';
import { ScimRefusal } from './scim-refusal.ts';

/**
 * The version of a resource (RFC 7644 §3.14): weak, and made from what it says, for the members of a group are kept with
 * the users.
 */
export function versionOf(resource: object): string {
  const hash = createHash('sha256').update(JSON.stringify(resource)).digest('base64url');
  return `W/"${hash.slice(0, 22)}"`;
}

/** Whether a tag of `If-None-Match` or `If-Match` is the version; compared as weak ones are. */
export function matchesVersion(header: string, version: string): boolean {
  return header.split(',').some((tag) => tag.trim() === '*' || bare(tag.trim()) === bare(version));
}

/** Throws `ScimRefusal` where the caller expects another version. */
export function checkVersion(ifMatch: string | undefined, version: string): void {
  if (ifMatch !== undefined && !matchesVersion(ifMatch, version))
    throw new ScimRefusal(412, 'it was changed since it was read: read it again');
}

function bare(tag: string): string {
  return tag.replace(/^W\//, '');
}
