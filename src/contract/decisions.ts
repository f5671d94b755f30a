import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { DECISION_REASONS } from './decision-reasons.ts';
import { Explained } from './explanation.ts';
import { operation, RESOURCE_BYTES } from './operation.ts';
import { PageQuery, pageOf } from './page.ts';
import { parseTargetUrl } from './target-url.ts';

/** RFC 9110 §5.1 */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Which decisions are asked for. */
export const DecisionQuery = z.strictObject({
  namespace: identifier(NamespaceId).optional().describe('Only in this namespace and those below it.'),
  account: z.string().max(256).optional(),
  verdict: z.enum(['allow', 'deny']).optional(),
  reason: z
    .string()
    .refine((reason) => DECISION_REASONS.includes(reason), {
      error: 'expected a reason that a decision may have, such as user-unauthorized',
    })
    .optional()
    .describe('Only where this is among the reasons.'),
  since: Timestamp.optional(),
  until: Timestamp.optional(),
});
export type DecisionQuery = z.output<typeof DecisionQuery>;

/** Without fields of its own, which would come before the others: a decision stays the very text that was logged. */
const Logged = z
  .looseObject({})
  .describe('As the sidecar logs it: time, verdict, reason, account_id, method, host, path and more.');

/** A request that is explained. */
const ExplainedRequest = z.strictObject({
  url: z
    .string()
    .max(8192)
    .refine((text) => parseTargetUrl(text) !== undefined, { error: 'expected a URL' })
    .describe('Taken as it is, such as https://shop.example.com/orders?id=7.'),
  method: z
    .string()
    .regex(/^[!-~]{1,32}$/)
    .default('GET'),
  headers: z
    .array(z.strictObject({ name: z.string().regex(HEADER_NAME).max(256), value: z.string().max(8192) }))
    .max(100)
    .default([]),
  context_extensions: z.record(z.string().max(256), z.string().max(1024)).default({}),
  peer_address: z.union([z.ipv4(), z.ipv6()]).optional(),
  client_certificate: z
    .string()
    .max(64 * 1024)
    .optional()
    .describe('PEM of the client certificate that Envoy got.'),
  time: Timestamp.optional(),
});

export const DECISION_OPERATIONS = {
  list: operation({
    method: 'GET',
    path: '/decisions',
    summary: 'List what the sidecars decided lately, the oldest first',
    access: 'viewer',
    query: PageQuery.extend(DecisionQuery.shape),
    response: pageOf(Logged).extend({
      last: z
        .string()
        .nullable()
        .describe(
          'The cursor of what was looked at last, to ask with later for what came since; null for none.',
        ),
      foreign: z
        .int()
        .default(0)
        .describe('How many entries were left out because they are no decisions, if you see global.'),
    }),
  }),
  explain: operation({
    method: 'POST',
    path: '/decisions:explain',
    summary: 'Say what the sidecar would decide about a request, and why; nothing is sent or written',
    access: 'viewer',
    costly: 'long',
    maxBytes: RESOURCE_BYTES,
    body: ExplainedRequest.extend({
      account: identifier(AccountId).optional().describe('As this account, with a credential that is good.'),
    }),
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
