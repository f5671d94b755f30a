import { z } from 'zod';
import type { DirectoryUser } from '../../accounts/directory-schema.ts';
import { formatIssue, OperationError } from '../../contract/operation-error.ts';

import { withCanonicalNames } from './canonical-names.ts';
import { attributesOf, isCoreSchema } from './patch-request.ts';
import { ScimBoolean, singleValue } from './scim-body.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { withoutCoreSchema } from './scim-schemas.ts';

/** How a request changes a user: as a whole, or in parts, each of which may be refused by itself. */
export interface UserChange {
  /** Throws `ScimRefusal`, `ResourceError`. */
  whole(user: DirectoryUser): object;
  /**
   * Makes the parts one after the other.
   * @param attempt resolves with the user that the fields make; undefined if they are refused, which is noted
   */
  parts(user: DirectoryUser, attempt: Attempt): Promise<DirectoryUser>;
  /** Whether the request asks that the user is not active: that is never lost for what is beside it. */
  readonly deactivates: boolean;
}

export type Attempt = (what: string, make: () => object) => Promise<DirectoryUser | undefined>;

const Body = z.object({ active: z.unknown() });
const Patch = z.object({ Operations: z.array(z.unknown()) });
const Operation = z.object({ op: z.string(), path: z.string().optional(), value: z.unknown() });

/** Whether a body of PUT asks that the user is not active, however the rest of it reads. */
export function putDeactivates(body: unknown): boolean {
  const parsed = Body.safeParse(withCanonicalNames(body));
  return parsed.success && isFalse(parsed.data.active);
}

/** The same of a body of PATCH; of several operations on `active` the last counts. */
export function patchDeactivates(body: unknown): boolean {
  const parsed = Patch.safeParse(withCanonicalNames(body));
  const operations = parsed.success ? parsed.data.Operations : [];
  return operations.flatMap(activeValues).map(isFalse).at(-1) ?? false;
}

/** What one operation would make of `active`. */
function activeValues(raw: unknown): unknown[] {
  const parsed = Operation.safeParse(raw);
  if (!parsed.success || !['add', 'replace'].includes(parsed.data.op.toLowerCase())) return [];
  const { path = '', value } = parsed.data;
  if (path.trim() !== '' && !isCoreSchema(path)) return isActive(path) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return attributesOf(value).flatMap(([name, field]) => (isActive(name) ? [field] : []));
}

function isActive(path: string): boolean {
  return withoutCoreSchema(path.trim()).toLowerCase() === 'active';
}

function isFalse(value: unknown): boolean {
  return ScimBoolean.safeParse(singleValue(value)).data === false;
}

/** Statuses that refuse a request whatever it asks. */
const REFUSES_ALL: ReadonlySet<number> = new Set([401, 403, 404, 412]);

/** Why something beside a deactivation is refused; undefined if the error refuses the whole, or is a fault. */
export function droppedBy(error: unknown): string | undefined {
  if (error instanceof ScimRefusal) return REFUSES_ALL.has(error.status) ? undefined : error.message;
  // A conflict with a time to retry after is another process's change, not this request's.
  const isOwn =
    error instanceof OperationError &&
    (error.code === 'unprocessable' || (error.code === 'conflict' && error.retryAfter === undefined));
  if (!isOwn) return undefined;
  return error.issues.length > 0 ? error.issues.map(formatIssue).join('; ') : error.detail;
}
