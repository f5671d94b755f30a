import { GLOBAL } from '../../accounts/namespace-id.ts';
import { OperationError } from '../../contract/operation-error.ts';
import { parseTargetUrl } from '../../contract/target-url.ts';
import { explainSimulated } from '../../explain/explain-simulated.ts';
import type { LoggedDecision } from '../../explain/recorded-decision.ts';
import { sees } from '../../roles/grants.ts';
import { explanationSeen } from '../explanation-view.ts';
import type { Handlers } from '../handler.ts';
import { hiddenPolicies, withoutHidden } from '../hidden-policies.ts';
import { inScope } from '../list-page.ts';
import { forbidden } from '../refusals.ts';
import { findServiceAccount } from '../service-accounts.ts';
import { decisionsWithin, readStoredDecisions } from '../stored-decisions.ts';

/** Decisions that one request looks at. */
const SCANNED = 2000;
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set(['x-pomerium-authorization', 'authorization']);

export const DECISION_HANDLERS: Handlers['decisions'] = {
  async list({ query }, { store, reader, grants, tree }) {
    const within = inScope(grants, tree, query.namespace);
    const items: LoggedDecision[] = [];
    const selection = { ...query, scanned: SCANNED, within: decisionsWithin(grants, tree, within) };
    const { next, last } = await readStoredDecisions(store.side, selection, (_decision, logged) =>
      items.push(logged),
    );
    const hides = await hiddenPolicies(items, reader, grants);
    return { body: { items: items.map((item) => withoutHidden(item, hides)), next, last } };
  },

  async explain({ body }, { reader, grants, access, explaining: open }) {
    const url = parseTargetUrl(body.url);
    if (!url)
      throw new OperationError('invalid', 'the request is not valid', [
        { path: 'body.url', message: 'expected a URL' },
      ]);
    const account =
      body.account === undefined
        ? undefined
        : (await findServiceAccount(reader, grants, body.account)).account;
    // What they are in is told by every policy that asks for it.
    if (account?.impersonate !== undefined && !sees(grants, GLOBAL))
      throw forbidden('explaining as an account that stands for a directory user', 'viewer', GLOBAL);
    const headers = body.headers.map(({ name, value }) => [name.toLowerCase(), value] as const);
    if (headers.some(([name]) => CREDENTIAL_HEADERS.has(name)))
      throw new OperationError('invalid', 'a credential is not for here: name the account');
    const explaining = await open();
    try {
      const described = await explainSimulated(
        explaining,
        {
          ...url,
          method: body.method,
          headers,
          time: body.time === undefined ? access.now() : Date.parse(body.time),
          peerAddress: body.peer_address,
          peerCertificate: body.client_certificate,
          contextExtensions: body.context_extensions,
        },
        account && { account },
      );
      const { namespace } = described.belongs_to;
      // A namespace that is not there would be told from one that is hidden.
      const asked = body.context_extensions['sallyport.namespace'] ?? GLOBAL;
      const isHidden = asked !== GLOBAL && !sees(grants, asked);
      if (isHidden || !sees(grants, namespace ?? GLOBAL))
        throw new OperationError('not-found', 'nothing that you may see answers there');
      return { body: explanationSeen(described, grants) };
    } finally {
      await explaining.close();
    }
  },
};
