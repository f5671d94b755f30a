import { z } from 'zod';
import { ClaimValue } from '../accounts/directory-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { POLICY_REASONS } from './policy-reason-schema.ts';

const Claims = z.record(z.string(), z.array(ClaimValue));
const Side = z.strictObject({ value: z.boolean(), reasons: z.array(z.enum(POLICY_REASONS)) });

const Certificate = z.strictObject({
  presented: z.boolean().default(true),
  /** PEM; empty where none is needed. */
  leaf: z.string().default(''),
  valid: z.boolean().default(true),
});

/** A request and what a policy is expected to say of it, as it is written. */
export const PolicyCaseSpec = z
  .strictObject({
    id: z.union([z.string(), z.number()]).optional(),
    note: z.string().optional(),
    /** The document, as text or as the value that such text holds. */
    ppl: JsonValue.optional(),
    /** In place of `ppl`: the id of a policy, or a file. */
    policy: z.string().optional(),
    /** Absent or null where nobody is known. */
    account: z
      .strictObject({ id: z.string().optional(), user_id: z.string().optional() })
      .nullable()
      .default(null),
    user: z
      .strictObject({
        id: z.string().optional(),
        name: z.string().optional(),
        email: z.string().default(''),
        claims: Claims.default({}),
      })
      .nullable()
      .default(null),
    directory_user: z
      .strictObject({
        id: z.string().optional(),
        name: z.string().optional(),
        email: z.string().default(''),
        group_ids: z.array(z.string()).default([]),
        claims: Claims.default({}),
      })
      .nullable()
      .default(null),
    request: z
      .strictObject({
        method: z.string().default('GET'),
        /** As policies see it: percent-decoded, without query. */
        path: z.string().default('/'),
        headers: z.record(z.string(), z.array(z.string())).default({}),
        ip: z.string().default(''),
        client_certificate: Certificate.prefault({ presented: false, valid: false }),
        /** Such as `2027-01-31T12:00:00Z`. */
        time: z.string().optional(),
        /** The message of the Model Context Protocol; null or absent if there is none. */
        mcp: z.strictObject({ method: z.string(), tool: z.string().optional() }).nullable().default(null),
      })
      .prefault({}),
    expect: z.union(
      [
        z.enum(['allow', 'deny']),
        z.strictObject({ allow: Side, deny: Side }),
        z.strictObject({ error: z.literal(true) }),
      ],
      { error: 'expected allow, deny, {error: true}, or {allow: {value, reasons}, deny: {value, reasons}}' },
    ),
  })
  .refine(({ ppl, policy }) => (ppl === undefined) !== (policy === undefined), {
    error: 'expected either ppl or policy',
  });
export type PolicyCaseSpec = z.output<typeof PolicyCaseSpec>;
