import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { PolicyCaseSpec } from '../policy/policy-case-schema.ts';
import { PolicyId } from '../policy/policy-id.ts';
import { Policy, PplDocument } from '../policy/policy-schema.ts';
import { DecisionQuery } from './decisions.ts';
import { DOCUMENT_BYTES, operation } from './operation.ts';
import { PageQuery } from './page.ts';

/** A document by itself, for the policy of that id. */
const Documents = z
  .array(z.strictObject({ id: identifier(PolicyId).describe('The id of the policy.'), ppl: PplDocument }))
  .max(100);

const Side = z.strictObject({
  value: z.boolean().describe('Whether the side holds.'),
  reasons: z.array(z.string()).readonly().describe('Why.'),
});
/** As cases write what they expect; `error` says why a policy can't be used. */
const Outcome = z
  .union([
    z.enum(['allow', 'deny']),
    z.strictObject({ allow: Side.describe('The side `allow`.'), deny: Side.describe('The side `deny`.') }),
    z.strictObject({
      error: z.union([z.literal(true), z.string()]).describe('Why the document cannot be used.'),
    }),
  ])
  .meta({ id: 'PolicyOutcome', description: 'What a policy decides, as cases write it.', example: 'allow' });

const MAX_LINT_CHARACTERS = 1024 * 1024;
/** JSON writes a line break or a quote with two characters, and a character takes up to three bytes. */
const LINT_BYTES = 3 * MAX_LINT_CHARACTERS;

const Verdict = z.enum(['allow', 'deny', 'failure']);

/** Requests alike, and how many of them there were. */
const counted = z.strictObject({
  count: z.int().describe('How many there were.'),
  account_id: z.string().optional().describe('The service account of the caller.'),
  user_id: z.string().optional().describe('The user ID of the caller.'),
  namespace: z.string().optional().describe('The namespace that they belong to.'),
  route: z.string().optional().describe('The route that matched.'),
  method: z.string().describe('The HTTP method.'),
  host: z.string().describe('The host.'),
  path: z.string().describe('The path without its query.'),
  recorded: z.enum(['allow', 'deny']).describe('What was decided then.'),
  last_time: z.string().describe('When the last one was decided.'),
  last_request_id: z.string().optional().describe("Envoy's `x-request-id` of the last one."),
});

export const POLICY_OPERATIONS = {
  lint: operation({
    method: 'POST',
    path: '/policies:lint',
    summary: 'Say what is wrong with policies, or hardly meant; nothing is written',
    access: 'viewer',
    costly: 'lint',
    maxBytes: LINT_BYTES,
    body: z.strictObject({
      text: z.string().max(MAX_LINT_CHARACTERS).meta({
        description: 'A PPL document, or resources, as YAML or JSON.',
        example: 'allow: { and: [{ user: report }] }',
      }),
    }),
    problems: ['unprocessable'],
    response: z
      .strictObject({
        findings: z
          .array(
            z.looseObject({
              severity: z.enum(['error', 'warning']).describe('An error keeps the policy from loading.'),
              path: z.string().describe('Where it is.'),
              message: z.string().describe('What is wrong.'),
            }),
          )
          .describe('The first 500 findings.'),
        more: z.int().describe('How many findings there are besides these.'),
      })
      .meta({ description: 'What is wrong, or unlikely to be meant.', example: { findings: [], more: 0 } }),
  }),
  test: operation({
    method: 'POST',
    path: '/policies:test',
    summary: 'Hold policies to cases, as sallyport policy test does; nothing is written',
    access: 'viewer',
    costly: 'long',
    maxBytes: DOCUMENT_BYTES,
    body: z.strictObject({
      cases: z
        .array(PolicyCaseSpec)
        .min(1)
        .max(1000)
        .describe('Each with its document (ppl), or with the id of a policy.'),
      documents: Documents.default([]).describe('Those that cases name; others are looked up.'),
    }),
    response: z
      .strictObject({
        passed: z.int().describe('How many cases passed.'),
        failed: z.int().describe('How many cases failed.'),
        failures: z
          .array(
            z.strictObject({
              id: z.union([z.string(), z.number()]).describe('The id of the case, or its number from 1.'),
              expected: Outcome.describe('What the case expects.'),
              actual: Outcome.describe('What the policy decides.'),
            }),
          )
          .describe('The cases that failed.'),
      })
      .meta({
        description: 'Which cases passed.',
        example: {
          passed: 1,
          failed: 1,
          failures: [{ id: 'report', expected: 'allow', actual: 'deny' }],
        },
      }),
  }),
  try: operation({
    method: 'POST',
    path: '/policies:try',
    summary: 'Say which recorded decisions changed policies would turn; nothing is written',
    access: 'viewer',
    costly: 'long',
    maxBytes: DOCUMENT_BYTES,
    body: z
      .strictObject({
        policies: z.array(Policy).max(100).default([]).describe('Each as a whole, new or changed.'),
        documents: Documents.default([]).describe('Each in place of the document of a policy that is there.'),
        decisions: z
          .array(RecordedDecision)
          .min(1)
          .max(2000)
          .optional()
          .describe('As the sidecar logs them. Absent: those that the store holds.'),
        stored: DecisionQuery.extend({
          limit: z.int().min(1).max(10_000).default(5000).describe('How many to evaluate at most.'),
          cursor: PageQuery.shape.cursor.describe('`next` of the answer before: to go on from there.'),
        })
          .optional()
          .describe('Which stored decisions to evaluate.'),
      })
      .meta({ example: { documents: [{ id: 'readers', ppl: { allow: { and: [{ user: 'report' }] } } }] } })
      .refine(({ policies, documents }) => policies.length + documents.length > 0, {
        error: 'expected policies or documents: something to try',
      })
      .refine(({ decisions, stored }) => decisions === undefined || stored === undefined, {
        error: 'expected either decisions or stored',
      }),
    problems: ['conflict', 'unprocessable'],
    response: z
      .strictObject({
        decisions: z.int().describe('How many were evaluated.'),
        untouched: z.int().describe('How many the changed policies do not apply to.'),
        same: z.int().describe('How many come out as before.'),
        turned: z
          .array(
            counted.extend({
              before: Verdict.describe('The verdict with the policies as they are.'),
              after: Verdict.describe('The verdict with the changed policies.'),
            }),
          )
          .readonly()
          .describe('Those that come out otherwise; like requests are counted together.'),
        cannot_tell: z
          .array(
            counted.extend({
              missing: z.array(z.string()).readonly().describe('What is not known, or hidden.'),
            }),
          )
          .readonly()
          .describe('Those that cannot be evaluated; like requests are counted together.'),
        left_out: z.int().describe('Of the decisions sent along, those of namespaces that you do not see.'),
        in_shadow: z
          .array(z.string())
          .describe('Changed policies in shadow mode, in which they decide nothing.'),
        next: z.string().nullable().describe('The cursor of what else is stored; null after the last.'),
      })
      .meta({
        description: 'Which decisions come out otherwise.',
        example: {
          decisions: 1,
          untouched: 0,
          same: 0,
          turned: [
            {
              count: 1,
              account_id: 'report',
              method: 'GET',
              host: 'shop.example.com',
              path: '/orders',
              recorded: 'deny',
              last_time: '2026-11-20T10:00:00Z',
              before: 'deny',
              after: 'allow',
            },
          ],
          cannot_tell: [],
          left_out: 0,
          in_shadow: [],
          next: null,
        },
      }),
  }),
};
