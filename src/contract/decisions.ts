import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { DECISION_REASONS } from './decision-reasons.ts';
import { Explained } from './explanation.ts';
import { operation, RESOURCE_BYTES } from './operation.ts';
import { PAGE_DESCRIPTION, PageQuery, pageOf, TimeOrder } from './page.ts';
import { parseTargetUrl } from './target-url.ts';

/** RFC 9110 §5.1 */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Which decisions are asked for. */
export const DecisionQuery = z.strictObject({
  namespace: identifier(NamespaceId).optional().describe('Only in this namespace and those below it.'),
  account: z.string().max(256).optional().describe('Only about this service account.'),
  verdict: z.enum(['allow', 'deny']).optional().describe('Only of this verdict.'),
  reason: z
    .string()
    .refine((reason) => DECISION_REASONS.includes(reason), {
      error: 'expected a reason that a decision may have, such as user-unauthorized',
    })
    .optional()
    .describe('Only where this is among the reasons.'),
  since: Timestamp.optional().describe('Only decisions from then on.'),
  until: Timestamp.optional().describe('Only decisions until then.'),
});
export type DecisionQuery = z.output<typeof DecisionQuery>;

/** Without fields of its own, which would come before the others: a decision stays the very text that was logged. */
const Logged = z.looseObject({}).meta({
  id: 'Decision',
  description:
    'A decision as the sidecar logs it: time, verdict, reason, account_id, method, host, path and more.',
  example: {
    event: 'decision',
    time: '2026-11-20T10:00:00Z',
    verdict: 'deny',
    reason: 'user-unauthorized',
    account_id: 'report',
    namespace: 'shop',
    method: 'GET',
    host: 'shop.example.com',
    path: '/orders',
  },
});

/** A request that is explained. */
const ExplainedRequest = z.strictObject({
  url: z
    .string()
    .max(8192)
    .refine((text) => parseTargetUrl(text) !== undefined, { error: 'expected a URL' })
    .describe('Read as it is, such as https://shop.example.com/orders?id=7.'),
  method: z
    .string()
    .regex(/^[!-~]{1,32}$/)
    .default('GET')
    .describe('The HTTP method.'),
  headers: z
    .array(
      z.strictObject({
        name: z.string().regex(HEADER_NAME).max(256).describe('In any letter case.'),
        value: z.string().max(8192).describe('The value as Envoy has it.'),
      }),
    )
    .max(100)
    .default([])
    .describe('Headers of the request; credentials are refused.'),
  context_extensions: z
    .record(z.string().max(256), z.string().max(1024))
    .default({})
    .describe("Envoy's `context_extensions` by name."),
  peer_address: z.union([z.ipv4(), z.ipv6()]).optional().describe('The address of the client.'),
  client_certificate: z
    .string()
    .max(64 * 1024)
    .optional()
    .describe('PEM of the client certificate that Envoy got.'),
  time: Timestamp.optional().describe('When the request is made. Absent: now.'),
});

export const DECISION_OPERATIONS = {
  list: operation({
    method: 'GET',
    path: '/decisions',
    summary: 'List what the sidecars decided lately',
    access: 'viewer',
    query: PageQuery.extend({ order: TimeOrder, ...DecisionQuery.shape }),
    response: pageOf(Logged)
      .extend({
        last: z
          .string()
          .nullable()
          .describe(
            'The cursor of the newest decision that this page looked at: with `order=oldest` it lists what came since. Null if there is none.',
          ),
        foreign: z
          .int()
          .default(0)
          .describe('How many entries were left out because they are no decisions, if you see `global`.'),
      })
      .describe(PAGE_DESCRIPTION),
  }),
  explain: operation({
    method: 'POST',
    path: '/decisions:explain',
    summary: 'Say what the sidecar would decide about a request, and why; nothing is sent or written',
    access: 'viewer',
    costly: 'long',
    maxBytes: RESOURCE_BYTES,
    body: ExplainedRequest.extend({
      account: identifier(AccountId)
        .optional()
        .describe('The caller, with a valid credential. Absent: no credential.'),
    }).meta({ example: { url: 'https://shop.example.com/orders', account: 'report' } }),
    response: Explained,
  }),
  explainToken: operation({
    method: 'POST',
    path: '/decisions:explainToken',
    summary: 'Say the same about the JWT of a caller',
    access: 'viewer',
    local: true,
    body: ExplainedRequest.extend({ jwt: z.string() }),
    response: Explained,
  }),
};
