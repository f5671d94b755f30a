import type { Author } from '../activity/author-schema.ts';
import { ALL_GRANTS, type Grants } from '../roles/grants.ts';
import type { Reader } from './reader.ts';

/** Who works on the store: what they may do, and as whom the activity log has them. */
export interface Access {
  readonly author: Author;
  /** By the store as it is now, asked again for every commit. Rejects where the author may not do anything any more. */
  grants(reader: Reader): Promise<Grants>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Somebody at the machine itself, who could change the store's files anyway. */
export function machineAccess(user: string, host: string, now: () => number): Access {
  return { author: { kind: 'machine', user, host }, grants: async () => ALL_GRANTS, now };
}
