import { createCallerDirectory } from '../../accounts/caller-directory.ts';
import { identifyAsAccount } from '../../check/account-identification.ts';
import { describeExplanation } from '../../check/describe-explanation.ts';
import { explain } from '../../check/explain.ts';
import type { Explaining } from '../../check/explaining.ts';
import type { Identification } from '../../check/identity.ts';
import { AccountError } from '../../resources/account-error.ts';
import { Reader } from '../../resources/reader.ts';
import { subjectsInStore } from '../../resources/recorded-callers.ts';
import type { Store } from '../../store/port.ts';
import { parseRecord } from '../../store/record.ts';
import type { LocalParts } from './local-accounts.ts';
import type { ExplainRequest, RecordOperator } from './operator.ts';
import { readDecisionPages } from './stored-decisions.ts';
import { tryInSurroundings } from './try-in-surroundings.ts';

const PAGE = 500;
const CREDENTIAL_HEADER = 'x-pomerium-authorization';

/** What happened, and what would, by the store of this machine. */
export function localRecords({ context, config, store }: LocalParts): RecordOperator {
  return {
    async *activity(order, limit) {
      let left = limit;
      for (let after: string | undefined; left > 0; ) {
        const asked = Math.min(PAGE, left);
        const page = await store.list('activity', { after, limit: asked, descending: order === 'newest' });
        for (const record of page) yield parseRecord('activity', record);
        after = page.at(-1)?.id;
        left -= page.length;
        if (page.length < asked || after === undefined) return;
      }
    },

    decisions: (after) => readDecisionPages(store.side, after),

    async explain(request) {
      const now = request.time ?? context.clock();
      const explaining = await context.openExplaining(config, store);
      try {
        const identification = await identificationOf(explaining, store, request);
        const rehearsal = explaining.rehearse({
          ...request.url,
          method: request.method,
          headers: [...request.headers, ...credentialHeaders(request)],
          time: now,
          peerAddress: request.peerAddress,
          peerCertificate: request.clientCertificate,
          contextExtensions: request.contextExtensions,
        });
        const parts = { ...explaining.parts, ...identification, clock: () => now };
        const explanation = await explain(parts, rehearsal.request);
        const { outcome } = explanation;
        return describeExplanation(explanation, 'fault' in outcome ? undefined : rehearsal.answer(outcome));
      } finally {
        await explaining.close();
      }
    },

    tryPolicies: async (request) =>
      tryInSurroundings(request, { stored: await store.picture(), subjects: subjectsInStore(store) }),
  };
}

/** A header has to be there for a credential to count; for an account its text does not matter. */
function credentialHeaders({ jwt, account }: ExplainRequest): (readonly [string, string])[] {
  const credential = jwt ?? (account === undefined ? undefined : 'assumed');
  return credential === undefined ? [] : [[CREDENTIAL_HEADER, credential]];
}

async function identificationOf(
  explaining: Explaining,
  store: Store,
  { account: id, jwt }: ExplainRequest,
): Promise<Identification> {
  const { sources } = explaining;
  if (jwt !== undefined)
    return { tokens: await explaining.tokens(), callers: createCallerDirectory(sources, 1) };
  if (id === undefined) return { tokens: { verify: unasked }, callers: { resolve: unasked } };
  const account = await new Reader(store).find('service_account', id);
  if (!account) throw new AccountError(`there is no service account ${id}: see sallyport sa list`);
  return identifyAsAccount(account, sources);
}

function unasked(): never {
  throw new Error('a request without a credential has nobody to identify');
}
