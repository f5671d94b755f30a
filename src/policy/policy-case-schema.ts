import { z } from 'zod';
import { ClaimValue } from '../accounts/directory-schema.ts';
import { POLICY_REASONS } from './policy-reason-schema.ts';
import { PplDocument } from './policy-schema.ts';

const Claims = z.record(z.string(), z.array(ClaimValue)).describe('Values by the name of the claim.');
const Side = z.strictObject({
  value: z.boolean().describe('Whether the side holds.'),
  reasons: z.array(z.enum(POLICY_REASONS)).describe('Why.'),
});

const Certificate = z.strictObject({
  presented: z.boolean().default(true).describe('Whether the client presented a certificate.'),
  leaf: z.string().default('').describe('The certificate as PEM; empty if no criterion reads it.'),
  valid: z.boolean().default(true).describe('Whether the configured CA signed it.'),
});

/** A request and the expected decision of a policy, as written. */
export const PolicyCaseSpec = z
  .strictObject({
    id: z.union([z.string(), z.number()]).optional().describe('Names the case in the result.'),
    note: z.string().optional().describe('A comment.'),
    ppl: PplDocument.optional(),
    policy: z.string().optional().describe('In place of `ppl`: the id of a policy, or a file.'),
    account: z
      .strictObject({
        id: z.string().optional().describe('The id of the service account.'),
        user_id: z.string().optional().describe('Its user ID.'),
      })
      .nullable()
      .default(null)
      .describe('The caller. Null or absent for a request without a credential.'),
    user: z
      .strictObject({
        id: z.string().optional().describe('The user ID.'),
        name: z.string().optional().describe('A name for people.'),
        email: z.string().default('').describe('The email address.'),
        claims: Claims.default({}),
      })
      .nullable()
      .default(null)
      .describe('The user of the account.'),
    directory_user: z
      .strictObject({
        id: z.string().optional().describe('The user ID.'),
        name: z.string().optional().describe('A name for people.'),
        email: z.string().default('').describe("The email address, which comes before the user's."),
        group_ids: z.array(z.string()).default([]).describe('Groups of the user.'),
        claims: Claims.default({}),
      })
      .nullable()
      .default(null)
      .describe('The directory user that the account impersonates.'),
    request: z
      .strictObject({
        method: z.string().default('GET').describe('The HTTP method.'),
        path: z.string().default('/').describe('The path as policies see it: decoded, without query.'),
        headers: z
          .record(z.string(), z.array(z.string()))
          .default({})
          .describe('Values by the name of the header.'),
        ip: z.string().default('').describe('The address that `source_ip` evaluates.'),
        client_certificate: Certificate.prefault({ presented: false, valid: false }).describe(
          "The client's certificate.",
        ),
        time: z.string().optional().describe('When the request is made, such as 2027-01-31T12:00:00Z.'),
        mcp: z
          .strictObject({
            method: z.string().describe('The JSON-RPC method.'),
            tool: z.string().optional().describe('The name of the tool.'),
          })
          .nullable()
          .default(null)
          .describe('The message of the Model Context Protocol. Null or absent if there is none.'),
      })
      .prefault({})
      .describe('The request; what is absent has a plain default.'),
    expect: z
      .union(
        [
          z.enum(['allow', 'deny']),
          z.strictObject({
            allow: Side.describe('The side `allow`.'),
            deny: Side.describe('The side `deny`.'),
          }),
          z.strictObject({ error: z.literal(true).describe('The document cannot be used.') }),
        ],
        {
          error: 'expected allow, deny, {error: true}, or {allow: {value, reasons}, deny: {value, reasons}}',
        },
      )
      .describe('What the policy is expected to decide.'),
  })
  .refine(({ ppl, policy }) => (ppl === undefined) !== (policy === undefined), {
    error: 'expected either ppl or policy',
  })
  .meta({
    id: 'PolicyCase',
    description: 'A request and what a policy is expected to decide, with either `ppl` or `policy`.',
    example: {
      id: 'report',
      ppl: { allow: { and: [{ user: 'report' }] } },
      account: { user_id: 'report' },
      request: { method: 'GET', path: '/orders' },
      expect: 'allow',
    },
  });
export type PolicyCaseSpec = z.output<typeof PolicyCaseSpec>;
