import type { Author } from '../activity/author-schema.ts';
import { ALL_GRANTS, type Grants } from '../roles/grants.ts';
import type { Reader } from './reader.ts';

/** Who asks for an operation: what they may do, and as whom the activity log names them. */
export interface Principal {
  readonly author: Author;
  /** By the store as it is now, asked again for every commit. Rejects if the author may no longer do anything. */
  grants(reader: Reader): Promise<Grants>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Undefined if the credential itself was shown. */
  readonly session?: SessionTimes | undefined;
}

/** Milliseconds since the epoch. */
export interface SessionTimes {
  readonly startedAt: number;
  /** At the latest, however much it is used. */
  readonly endsAt: number;
  readonly idleEndsAt: number;
}

/** Somebody at the machine itself, who could change the store's files anyway. */
export function machinePrincipal(user: string, host: string, now: () => number): Principal {
  return { author: { kind: 'machine', user, host }, grants: async () => ALL_GRANTS, now };
}
