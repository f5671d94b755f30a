import { z } from 'zod';

/** Repeats the engine's types, because the contract is the interface to another machine. */
const Texts = z.array(z.string()).readonly();
const Side = z
  .strictObject({
    value: z.boolean().describe('Whether the side holds.'),
    reasons: Texts.describe('Why.'),
  })
  .meta({ id: 'ExplainedSide', description: 'How one side of a policy came out.' });

const ExplainedPolicy = z.strictObject({
  id: z.string().describe('The id of the policy.'),
  name: z.string().describe('Its name.'),
  namespace: z.string().describe('The namespace that it belongs to.'),
  mode: z.enum(['enforce', 'shadow']).describe('`shadow`: it decides nothing.'),
  applies: z
    .array(
      z.discriminatedUnion('as', [
        z.strictObject({ as: z.literal('route').describe('The route names it.') }),
        z.strictObject({ as: z.literal('route-metadata').describe("Envoy's route metadata names it.") }),
        z.strictObject({
          as: z.literal('default').describe('It is a default policy.'),
          namespace: z.string().describe('Of this namespace.'),
        }),
        z.strictObject({
          as: z.literal('enforced').describe('It is enforced.'),
          namespace: z.string().describe('By this namespace.'),
        }),
      ]),
    )
    .readonly()
    .describe('Why it applies.'),
  allow: Side,
  deny: Side,
  rules: z
    .array(
      z.strictObject({
        path: z.string().describe('Where the rule is in the document.'),
        allow: Side,
        deny: Side,
        operators: z
          .array(
            z.strictObject({
              action: z.enum(['allow', 'deny']).describe('The side that it is on.'),
              operator: z.enum(['and', 'or', 'not', 'nor']).describe('How it joins its criteria.'),
              value: z.boolean().describe('Whether it holds.'),
              reasons: Texts.describe('Why.'),
              criteria: z
                .array(
                  z.strictObject({
                    name: z.string().describe('The criterion.'),
                    path: z.string().describe('Where it is in the document.'),
                    data: z.string().optional().describe('What it compares with.'),
                    value: z.boolean().describe('Whether it holds.'),
                    reason: z.string().describe('The reason that it gives.'),
                  }),
                )
                .readonly()
                .describe('Its criteria.'),
            }),
          )
          .readonly()
          .describe('The operators of the rule.'),
      }),
    )
    .readonly()
    .describe('The rules of the document.'),
});

const Refused = {
  refused: z.string().nullable().describe('The reason if the credential is refused; null if not.'),
  detail: z.string().nullable().describe('More about the refusal.'),
  hint: z.string().optional().describe('What an operator can do about it.'),
  credential: z
    .strictObject({
      id: z.string().describe('The `jti`.'),
      account: z.string().describe('The service account.'),
      user_id: z.string().describe('The user ID.'),
      kid: z.string().optional().describe('The key that signed it.'),
    })
    .optional()
    .describe('What a refused token says, if its signature is valid.'),
};

const ExplainedCaller = z.union([
  z.strictObject({ ...Refused, account: z.null().describe('No account is known.') }),
  z.strictObject({
    ...Refused,
    account: z.string().describe('The service account.'),
    namespace: z.string().describe('Its namespace.'),
    user_id: z.string().describe('Its user ID.'),
    user_name: z.string().optional().describe('The name of the directory user, if the user ID is another.'),
    impersonates: z.boolean().describe('Whether it impersonates a directory user.'),
    email: z.string().describe('The email address that policies see.'),
    name: z.string().describe('The name of the user.'),
    groups: Texts.describe('Ids of the groups that policies see.'),
    claims: z
      .record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()])).readonly())
      .describe('The claims that policies see.'),
  }),
]);

const EXAMPLE = {
  request: { method: 'GET', host: 'shop.example.com', path: '/orders', time: '2026-11-20T10:00:00.000Z' },
  belongs_to: {
    way: 'route',
    refused: null,
    detail: null,
    namespace: 'shop',
    route: 'orders',
    audience: 'shop.example.com',
  },
  namespaces: ['shop', 'global'],
  caller: null,
  scope: null,
  policies: [],
  decision: {
    verdict: 'deny',
    reasons: ['user-unauthenticated'],
    policy: null,
    enforcement: 'enforce',
    shadow: null,
    refusal: 'unauthenticated',
    detail: null,
    assertion_audience: null,
  },
  answer: {
    status: 401,
    headers: [{ name: 'www-authenticate', value: 'Bearer realm="sallyport"' }],
    removed: [],
  },
};

/** How a request is decided, step by step, as `sallyport explain -o json` prints it. */
export const Explained = z
  .strictObject({
    request: z
      .strictObject({
        method: z.string().describe('The HTTP method.'),
        host: z.string().describe('The host.'),
        path: z.string().describe('The path and query that were asked.'),
        time: z.string().nullable().describe('When it is made.'),
      })
      .describe('The request.'),
    belongs_to: z
      .strictObject({
        way: z
          .enum(['route-id', 'namespace', 'route', 'serve-namespace', 'unmatched'])
          .nullable()
          .describe('What said so; null if nothing did.'),
        refused: z.string().nullable().describe('The reason if this refuses the request; null if not.'),
        detail: z.string().nullable().describe('More about the refusal.'),
        namespace: z.string().nullable().describe('The namespace.'),
        route: z.string().nullable().describe('The route.'),
        audience: z.string().nullable().describe('The host that the namespace or route covers.'),
      })
      .describe('What the request belongs to.'),
    namespaces: Texts.describe('The namespace and those above it.'),
    caller: ExplainedCaller.nullable().describe('The caller; null if no credential was sent.'),
    scope: z
      .strictObject({
        home: Texts.describe("The account's namespace and those above it."),
        in_scope: z.boolean().nullable().describe('Whether the account may be used there.'),
      })
      .nullable()
      .describe('Whether the request is within the scope of the account.'),
    policies: z.array(ExplainedPolicy).readonly().describe('The policies that apply.'),
    decision: z
      .strictObject({
        verdict: z.enum(['allow', 'deny', 'failure']).describe('What is decided.'),
        reasons: Texts.describe('Why.'),
        policy: z.string().nullable().describe('The policy that decides.'),
        enforcement: z
          .enum(['enforce', 'observe'])
          .nullable()
          .describe('`observe`: the request is let through.'),
        shadow: z
          .strictObject({
            outcome: z.string().describe('What they would decide.'),
            reasons: Texts.describe('Why.'),
            policy: z.string().nullable().describe('The policy that would decide.'),
          })
          .nullable()
          .describe('What the policies in shadow mode would decide; null if there are none.'),
        refusal: z.string().nullable().describe('The kind of refusal.'),
        detail: z.string().nullable().describe('More about it.'),
        assertion_audience: z
          .string()
          .nullable()
          .describe('The audience of the assertion; null if none is sent.'),
      })
      .describe('The decision.'),
    answer: z
      .strictObject({
        status: z.int().nullable().describe('The HTTP status; null if the request goes on to the upstream.'),
        headers: z
          .array(
            z.strictObject({
              name: z.string().describe('The name of the header.'),
              value: z.string().nullable().describe('Its value; null if it is not shown.'),
            }),
          )
          .readonly()
          .describe('Headers that are added.'),
        removed: Texts.describe('Headers that are removed.'),
      })
      .describe('What the sidecar answers Envoy.'),
  })
  .meta({
    id: 'Explanation',
    description: 'How a request is decided, step by step.',
    example: EXAMPLE,
  });
export type Explained = z.output<typeof Explained>;
