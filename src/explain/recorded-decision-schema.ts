import { z } from 'zod';

/** The part of a logged decision that can be evaluated again. `observe/decision-log.ts` writes it. */
export const RecordedDecision = z
  .object({
    event: z.literal('decision').describe('The kind of log line.'),
    time: z
      .string()
      .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'expected a time' })
      .describe('When it was made.'),
    revision: z
      .int()
      .min(0)
      .optional()
      .describe('Revision of the store that decided. Absent if an older version recorded the decision.'),
    verdict: z.enum(['allow', 'deny']).describe('Whether the request was let through.'),
    reason: z.string().describe('The first reason.'),
    reasons: z.array(z.string()).optional().describe('All reasons, if there are several.'),
    refusal: z.string().optional().describe('The kind of refusal, such as `forbidden`.'),
    authenticated: z.boolean().optional().describe('Whether the caller showed a valid credential.'),
    account_id: z.string().optional().describe('The service account of the caller.'),
    user_id: z.string().optional().describe('The user ID of the caller.'),
    namespace: z.string().optional().describe('The namespace that the request belongs to.'),
    route: z.string().optional().describe('The route that matched.'),
    policies: z.array(z.string()).optional().describe("Policies that Envoy's route metadata named."),
    request_id: z.string().optional().describe("Envoy's `x-request-id`."),
    method: z.string().describe('The HTTP method.'),
    host: z.string().describe('The host of the request.'),
    path: z.string().describe('The path without its query; ends with `…` if it was cut.'),
    ip: z.string().optional().describe('The address that the criterion `source_ip` evaluates.'),
  })
  .meta({
    id: 'RecordedDecision',
    description: 'A decision, as far as it can be evaluated again.',
    example: {
      event: 'decision',
      time: '2026-11-20T10:00:00Z',
      verdict: 'deny',
      reason: 'user-unauthorized',
      refusal: 'forbidden',
      account_id: 'report',
      user_id: 'report',
      namespace: 'shop',
      method: 'GET',
      host: 'shop.example.com',
      path: '/orders',
    },
  });
export type RecordedDecision = z.infer<typeof RecordedDecision>;

/** Whether the recorded caller counted: a valid credential that is in scope. */
export function countedCaller(decision: RecordedDecision): boolean {
  if (decision.user_id === undefined) return false;
  if (decision.verdict === 'allow') return decision.authenticated === true;
  return decision.refusal === 'forbidden' && decision.reason !== 'namespace-unauthorized';
}

/** Undefined if the line is not a decision. */
export function readDecision(line: string): RecordedDecision | undefined {
  return readLogged(line)?.decision;
}

/** A complete decision as the sidecar logged it. */
export type LoggedDecision = RecordedDecision & Readonly<Record<string, unknown>>;

/** The part to evaluate again, and the complete decision. Undefined if the line is not a decision. */
export function readLogged(
  line: string,
): { readonly decision: RecordedDecision; readonly logged: LoggedDecision } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const decision = RecordedDecision.safeParse(value).data;
    return decision && { decision, logged: value as LoggedDecision };
  } catch {
    return undefined;
  }
}
