import { z } from 'zod';

/** What an attacker sends, again and again. */
export const AttackPlan = z.strictObject({
  port: z.int(),
  /** How many connections send at once. */
  parallel: z.int().min(1),
  /** Milliseconds after which nothing new is sent. */
  lasts: z.int().min(1),
  /** Milliseconds between two requests of a connection. */
  pause: z.int().default(0),
  /** Sent in turns. */
  requests: z
    .array(
      z.strictObject({
        method: z.string(),
        path: z.string(),
        headers: z.record(z.string(), z.string()).default({}),
        /** Holds the body. */
        bodyFile: z.string().optional(),
      }),
    )
    .min(1),
});
export type AttackPlan = z.input<typeof AttackPlan>;

/** What came of it: how often each status was answered; `0` where the connection broke. */
export const AttackResult = z.strictObject({
  answers: z.record(z.string(), z.int()),
  /** Milliseconds until the last request was answered. */
  took: z.number(),
});
export type AttackResult = z.output<typeof AttackResult>;
