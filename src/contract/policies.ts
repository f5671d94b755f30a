import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { PolicyCaseSpec } from '../policy/policy-case-schema.ts';
import { PolicyId } from '../policy/policy-id.ts';
import { Policy } from '../policy/policy-schema.ts';
import { DecisionQuery } from './decisions.ts';
import { DOCUMENT_BYTES, operation } from './operation.ts';
import { PageQuery } from './page.ts';

/** A document by itself, for the policy of that id. */
const Documents = z.array(z.strictObject({ id: identifier(PolicyId), ppl: JsonValue })).max(100);

const Side = z.strictObject({ value: z.boolean(), reasons: z.array(z.string()).readonly() });
/** As cases write what they expect; `error` says why a policy can't be used. */
const Outcome = z.union([
  z.enum(['allow', 'deny']),
  z.strictObject({ allow: Side, deny: Side }),
  z.strictObject({ error: z.union([z.literal(true), z.string()]) }),
]);

const MAX_LINT_CHARACTERS = 1024 * 1024;
/** JSON writes a line break or a quote with two characters, and a character takes up to three bytes. */
const LINT_BYTES = 3 * MAX_LINT_CHARACTERS;

const Verdict = z.enum(['allow', 'deny', 'failure']);

/** Requests alike, and how many of them there were. */
const counted = z.strictObject({
  count: z.int(),
  account_id: z.string().optional(),
  user_id: z.string().optional(),
  namespace: z.string().optional(),
  route: z.string().optional(),
  method: z.string(),
  host: z.string(),
  path: z.string(),
  recorded: z.enum(['allow', 'deny']),
  last_time: z.string(),
  last_request_id: z.string().optional(),
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
      text: z.string().max(MAX_LINT_CHARACTERS).describe('A PPL document, or resources, as YAML or JSON.'),
    }),
    response: z.strictObject({
      findings: z.array(
        z.looseObject({
          severity: z.enum(['error', 'warning']),
          path: z.string(),
          message: z.string(),
        }),
      ),
      more: z.int().describe('How many findings there are besides these.'),
    }),
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
    response: z.strictObject({
      passed: z.int(),
      failed: z.int(),
      failures: z.array(
        z.strictObject({ id: z.union([z.string(), z.number()]), expected: Outcome, actual: Outcome }),
      ),
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
          limit: z.int().min(1).max(10_000).default(5000).describe('How many to judge at most.'),
          cursor: PageQuery.shape.cursor.describe('`next` of the answer before: to go on from there.'),
        }).optional(),
      })
      .refine(({ policies, documents }) => policies.length + documents.length > 0, {
        error: 'expected policies or documents: something to try',
      })
      .refine(({ decisions, stored }) => decisions === undefined || stored === undefined, {
        error: 'expected either decisions or stored',
      }),
    response: z.strictObject({
      decisions: z.int().describe('How many were judged.'),
      untouched: z.int().describe('In which the changed policies have no say.'),
      same: z.int(),
      turned: z.array(counted.extend({ before: Verdict, after: Verdict })).readonly(),
      cannot_tell: z.array(counted.extend({ missing: z.array(z.string()).readonly() })).readonly(),
      left_out: z.int().describe('Of the decisions sent along, those of namespaces that you do not see.'),
      in_shadow: z
        .array(z.string())
        .describe('Changed policies in shadow mode, in which they decide nothing.'),
      next: z.string().nullable().describe('The cursor of what else is stored; null after the last.'),
    }),
  }),
};
