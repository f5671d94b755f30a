import { GLOBAL, type NamespaceId } from '../accounts/namespace-id.ts';
import type { Operations } from '../contract/contract.ts';
import type { Explained } from '../contract/explanation.ts';
import type { InputOf } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import { parseTargetUrl } from '../contract/target-url.ts';
import { isCredentialHeader } from '../credentials/header-schemes.ts';
import type { DescribedExplanation } from '../explain/describe-explanation.ts';
import { explainSimulated, type SimulatedCaller } from '../explain/explain-simulated.ts';
import { type Grants, sees } from '../roles/grants.ts';
import { findServiceAccount } from './find-service-account.ts';
import type { Implementation, OperationContext } from './operation-context.ts';
import { forbidden } from './refusals.ts';

type Explain = Operations['decisions']['explain'];

/** How a request would be decided, without what the caller may not see. */
export const explainRequest: Implementation<Explain> = async ({ body }, context) => {
  const { reader, grants, principal } = context;
  const account =
    body.account === undefined ? undefined : (await findServiceAccount(reader, grants, body.account)).account;
  // Policies on groups would reveal the user's groups.
  if (account?.impersonate !== undefined && !sees(grants, GLOBAL))
    throw forbidden('explaining as an account that stands for a directory user', 'viewer', GLOBAL);
  const isRemote = principal.author.kind !== 'machine';
  if (isRemote && body.headers.some(({ name }) => isCredentialHeader(name)))
    throw new OperationError('invalid', 'a credential is not for here: name the account');
  return { body: await explain(body, account && { account }, context) };
};

/** The same for a caller's own JWT, which stays on this machine. */
export const explainToken: Implementation<Operations['decisions']['explainToken']> = async (
  { body: { jwt, ...body } },
  context,
) => ({ body: await explain(body, { jwt }, context) });

async function explain(
  body: Omit<InputOf<Explain>['body'], 'account'>,
  caller: SimulatedCaller | undefined,
  { grants, principal, explaining: open }: OperationContext,
): Promise<Explained> {
  const url = parseTargetUrl(body.url);
  if (!url)
    throw new OperationError('invalid', 'the request is not valid', [
      { path: 'body.url', message: 'expected a URL' },
    ]);
  const explaining = await open();
  try {
    const described = await explainSimulated(
      explaining,
      {
        ...url,
        method: body.method,
        headers: body.headers.map(({ name, value }) => [name.toLowerCase(), value] as const),
        time: body.time === undefined ? principal.now() : Date.parse(body.time),
        peerAddress: body.peer_address,
        peerCertificate: body.client_certificate,
        contextExtensions: body.context_extensions,
      },
      caller,
    );
    const { namespace } = described.belongs_to;
    // An absent and a hidden namespace must give the same answer.
    const asked = body.context_extensions['sallyport.namespace'] ?? GLOBAL;
    const isHidden = asked !== GLOBAL && !sees(grants, asked);
    if (isHidden || !sees(grants, namespace ?? GLOBAL))
      throw new OperationError('not-found', 'nothing that you may see answers there');
    return explanationSeen(described, grants);
  } finally {
    await explaining.close();
  }
}

/** An explanation without the names of what the caller may not see. Policies from above still decide. */
function explanationSeen(described: DescribedExplanation, grants: Grants): DescribedExplanation {
  const policies = described.policies.filter(({ namespace }) => sees(grants, namespace));
  const named = new Set<string>(policies.map(({ id }) => id));
  const nameOf = <Id extends string>(id: Id | null) => (id !== null && named.has(id) ? id : null);
  const seen = (ids: readonly NamespaceId[]) => ids.filter((id) => sees(grants, id));
  const { decision, scope, namespaces } = described;
  const { shadow } = decision;
  const { way, namespace } = described.belongs_to;
  const isOfRoute = way === null && namespace !== null && sees(grants, namespace);
  const common = {
    policy: nameOf(decision.policy),
    shadow: shadow && { ...shadow, policy: nameOf(shadow.policy) },
  };
  return {
    ...described,
    namespaces: seen(namespaces),
    scope: scope && { ...scope, home: seen(scope.home) },
    policies,
    decision:
      decision.verdict === 'failure'
        ? {
            ...decision,
            // Of a route that can't be used the namespace is known; a policy may be one from above.
            detail:
              isOfRoute || sees(grants, GLOBAL) ? decision.detail : "a policy that decides can't be used",
          }
        : { ...decision, ...common },
  };
}
