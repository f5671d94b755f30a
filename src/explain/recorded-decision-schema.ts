import { z } from 'zod';

/** What is recorded of a decision, as far as it can be judged again; `observe/format-decision.ts` writes it. */
export const RecordedDecision = z.object({
  event: z.literal('decision'),
  time: z.string().refine((text) => !Number.isNaN(Date.parse(text)), { error: 'expected a time' }),
  /** Of the snapshot of the store that it was decided by; absent if an older version recorded it. */
  revision: z.int().min(0).optional(),
  verdict: z.enum(['allow', 'deny']),
  reason: z.string(),
  /** All of them, where there are more. */
  reasons: z.array(z.string()).optional(),
  refusal: z.string().optional(),
  authenticated: z.boolean().optional(),
  account_id: z.string().optional(),
  user_id: z.string().optional(),
  namespace: z.string().optional(),
  route: z.string().optional(),
  /** Those that Envoy's route metadata named. */
  policies: z.array(z.string()).optional(),
  request_id: z.string().optional(),
  method: z.string(),
  host: z.string(),
  /** Without query; cut where it ends with `…`. */
  path: z.string(),
  /** The address that `source_ip` looks at. */
  ip: z.string().optional(),
});
export type RecordedDecision = z.infer<typeof RecordedDecision>;
