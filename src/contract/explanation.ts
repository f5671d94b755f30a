import { z } from 'zod';

/** What is decided is written here once more, so that whoever asks another machine knows what it may say. */
const Texts = z.array(z.string()).readonly();
const Side = z.strictObject({ value: z.boolean(), reasons: Texts });

const ExplainedPolicy = z.strictObject({
  id: z.string(),
  name: z.string(),
  namespace: z.string(),
  mode: z.enum(['enforce', 'shadow']),
  applies: z
    .array(
      z.discriminatedUnion('as', [
        z.strictObject({ as: z.literal('route') }),
        z.strictObject({ as: z.literal('route-metadata') }),
        z.strictObject({ as: z.literal('default'), namespace: z.string() }),
        z.strictObject({ as: z.literal('enforced'), namespace: z.string() }),
      ]),
    )
    .readonly(),
  allow: Side,
  deny: Side,
  rules: z
    .array(
      z.strictObject({
        path: z.string(),
        allow: Side,
        deny: Side,
        operators: z
          .array(
            z.strictObject({
              action: z.enum(['allow', 'deny']),
              operator: z.enum(['and', 'or', 'not', 'nor']),
              value: z.boolean(),
              reasons: Texts,
              criteria: z
                .array(
                  z.strictObject({
                    name: z.string(),
                    path: z.string(),
                    data: z.string().optional(),
                    value: z.boolean(),
                    reason: z.string(),
                  }),
                )
                .readonly(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});

const Refused = {
  refused: z.string().nullable(),
  detail: z.string().nullable(),
  /** What an operator can do about it. */
  hint: z.string().optional(),
  /** What a token that was refused says of itself, if its signature is good. */
  credential: z
    .strictObject({ id: z.string(), account: z.string(), user_id: z.string(), kid: z.string().optional() })
    .optional(),
};

const ExplainedCaller = z.union([
  z.strictObject({ ...Refused, account: z.null() }),
  z.strictObject({
    ...Refused,
    account: z.string(),
    namespace: z.string(),
    user_id: z.string(),
    user_name: z.string().optional().describe('The name of the directory user, if the user ID is another.'),
    impersonates: z.boolean(),
    email: z.string(),
    name: z.string(),
    groups: Texts,
    claims: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()])).readonly()),
  }),
]);

/** How a request is decided, step by step, as `sallyport explain -o json` prints it. */
export const Explained = z.strictObject({
  request: z.strictObject({
    method: z.string(),
    host: z.string(),
    path: z.string(),
    time: z.string().nullable(),
  }),
  belongs_to: z.strictObject({
    way: z.enum(['route-id', 'namespace', 'route', 'serve-namespace', 'unmatched']).nullable(),
    refused: z.string().nullable(),
    detail: z.string().nullable(),
    namespace: z.string().nullable(),
    route: z.string().nullable(),
    audience: z.string().nullable(),
  }),
  namespaces: Texts,
  caller: ExplainedCaller.nullable(),
  scope: z.strictObject({ home: Texts, in_scope: z.boolean().nullable() }).nullable(),
  policies: z.array(ExplainedPolicy).readonly(),
  decision: z.strictObject({
    verdict: z.enum(['allow', 'deny', 'failure']),
    reasons: Texts,
    policy: z.string().nullable(),
    enforcement: z.enum(['enforce', 'observe']).nullable(),
    shadow: z.strictObject({ outcome: z.string(), reasons: Texts, policy: z.string().nullable() }).nullable(),
    refusal: z.string().nullable(),
    detail: z.string().nullable(),
    assertion_audience: z.string().nullable(),
  }),
  answer: z.strictObject({
    status: z.int().nullable().describe('Null where the request goes on to the upstream.'),
    headers: z.array(z.strictObject({ name: z.string(), value: z.string().nullable() })).readonly(),
    removed: Texts,
  }),
});
export type Explained = z.output<typeof Explained>;
