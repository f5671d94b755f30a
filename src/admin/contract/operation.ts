import { z } from 'zod';
import type { Role } from '../../roles/role.ts';

/** One thing that can be asked of the admin API: the source of its validation, its types and its documentation. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /**
   * Who may ask at all: everybody, whoever shows an admin credential, or who has that role somewhere. Where the role is
   * needed is for the namespace of what is asked for, and is checked where it is read or written.
   */
  readonly access: 'public' | 'signed-in' | Role;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status?: 200 | 201;
  readonly response: z.ZodType;
  /** Only a few of these run at once; the others wait, up to a bound. */
  readonly costly?: true;
  /** `required`: replacing what is there needs `If-Match`; `optional`: it is heeded. */
  readonly precondition?: 'required' | 'optional';
}

/** Keeps the exact type of an operation. */
export function operation<const O extends Operation>(described: O): O {
  return described;
}

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler is given, parsed. */
export interface RequestOf<O extends Operation> {
  readonly params: OutputOf<O['params']>;
  readonly query: OutputOf<O['query']>;
  readonly body: OutputOf<O['body']>;
  readonly precondition: Precondition;
}

/** RFC 9110 §13.1, as far as the API knows it. */
export interface Precondition {
  /** The revision in `If-Match`, or any. */
  readonly ifMatch: number | 'any' | undefined;
  /** `If-None-Match: *`: only where there is none yet. */
  readonly ifAbsent: boolean;
}

/** What a handler answers; `revision` becomes the `ETag`, and a session the cookie, which null takes away. */
export interface AnswerOf<O extends Operation> {
  readonly body: z.input<O['response']>;
  readonly revision?: number | undefined;
  readonly session?: { readonly id: string; readonly session: { readonly endsAt: number } } | null;
}

/** Yes or no in a query. */
export const Flag = z.enum(['true', 'false']);

export function isTrue(text: z.output<typeof Flag>): boolean {
  return text === 'true';
}

/** Of changes: everything is worked out and checked, and nothing written. */
export const DryRun = z.strictObject({ dry_run: Flag.default('false').transform(isTrue) });

/** Of changes that may give somebody power. */
export const RevokeOthers = {
  revoke_others: Flag.default('false')
    .transform(isTrue)
    .describe(
      'Revoke, with the same change, the credentials for which it would be refused: those of accounts that get a role or move up, issued by somebody who could not make this change.',
    ),
};
/** Ids of credentials. */
export const Revoked = z.array(z.string()).optional().describe('Credentials that revoke_others revoked.');
