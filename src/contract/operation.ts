import { z } from 'zod';
import type { Role } from '../roles/role-schema.ts';

/** One thing that can be asked of the admin API: the source of its validation, its types and its documentation. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /**
   * Who may call it: everyone, any caller with an admin credential, or a caller with that role somewhere. For which namespace the role is
   * needed depends on the resource, and is checked where the resource is read or written.
   */
  readonly access: 'public' | 'signed-in' | Role;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status?: 200 | 201;
  readonly response: z.ZodType;
  /** Codes of its refusals, beside those that follow from the rest. */
  readonly problems?: readonly ('conflict' | 'unprocessable')[];
  /** Bytes of a body; `BODY_BYTES` if it is absent. */
  readonly maxBytes?: number;
  /** The list of the body whose items are checked one at a time; for bodies with thousands of them. */
  readonly itemwise?: string;
  /** The list of the answer whose items a handler may hand over one at a time, as `items`. */
  readonly listed?: string;
  /**
   * Jobs that take more than a few milliseconds wait for their turn, fairly among accounts. `large`: with much memory, one
   * at a time, as all jobs with a body of more than 64 KiB. `lint`: in a process of its own. `stream`: with an answer that is read from the store as it is sent.
   */
  readonly costly?: 'long' | 'large' | 'lint' | 'stream';
  /** Only in this process: what it takes goes to no server. */
  readonly local?: true;
  /** `required`: replacing what is there needs `If-Match`; `optional`: it is heeded. */
  readonly precondition?: 'required' | 'optional';
  /** The `ETag` names the whole answer, so that a GET with `If-None-Match` may be answered 304. */
  readonly cacheable?: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;
export const BODY_BYTES = 64 * KIB;
/** Of one resource, which may name hundreds of hosts or groups. */
export const RESOURCE_BYTES = 512 * KIB;
/** Of documents, cases and decisions. */
export const DOCUMENT_BYTES = 4 * MIB;
/** Of many resources. */
export const BULK_BYTES = 8 * MIB;

/** Keeps the exact type of an operation. */
export function operation<const O extends Operation>(described: O): O {
  return described;
}

type SchemaOutput<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface InputOf<O extends Operation> {
  readonly params: SchemaOutput<O['params']>;
  readonly query: SchemaOutput<O['query']>;
  readonly body: SchemaOutput<O['body']>;
  readonly precondition: Precondition;
}

/** RFC 9110 §13.1, as far as the API knows it. */
export interface Precondition {
  /** The revision in `If-Match`, or any. */
  readonly ifMatch: number | 'any' | undefined;
  /** `If-None-Match: *`: only if the resource does not exist. */
  readonly ifAbsent: boolean;
}

export interface OutputOf<O extends Operation> {
  readonly body: z.input<O['response']>;
  /** Of the list that `listed` names, which is empty in `body`. */
  readonly items?: Iterable<unknown> | AsyncIterable<unknown>;
  /** Whether something was changed: then the answer is sent even if the memory budget is exhausted. */
  readonly owed?: boolean;
  /** Of what was read or written: the `ETag` of HTTP. */
  readonly revision?: number | undefined;
}

/** Yes or no in a query. */
export const Flag = z.enum(['true', 'false']);

export function isTrue(text: z.output<typeof Flag>): boolean {
  return text === 'true';
}

/** Of changes: everything is worked out and checked, and nothing written. */
export const DryRun = z.strictObject({
  dry_run: Flag.default('false')
    .transform(isTrue)
    .describe('Check everything, rights too, and write nothing.'),
});

/** For changes that may grant a role. */
export const RevokeOthers = {
  revoke_others: Flag.default('false')
    .transform(isTrue)
    .describe(
      'Revoke, with the same change, the credentials for which it would be refused: those of accounts that get a role or move up, if the issuer could not make this change.',
    ),
};
export const Revoked = z.array(z.string()).optional().describe('Credentials that revoke_others revoked.');
