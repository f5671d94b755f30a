import { explainSimulated, type SimulatedCaller } from '../../explain/explain-simulated.ts';
import { Reader } from '../../operations/reader.ts';
import { subjectsInStore } from '../../operations/recorded-callers.ts';
import { findServiceAccount } from '../../operations/service-accounts.ts';
import { ALL_GRANTS } from '../../roles/grants.ts';
import type { Store } from '../../store/port.ts';
import { parseRecord } from '../../store/record.ts';
import type { LocalParts } from './local-accounts.ts';
import type { ExplainRequest, RecordOperator } from './operator.ts';
import { readDecisionPages } from './stored-decisions.ts';
import { tryInSurroundings } from './try-in-surroundings.ts';

const PAGE = 500;

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
      const explaining = await context.openExplaining(config, store);
      try {
        return await explainSimulated(
          explaining,
          {
            ...request.url,
            method: request.method,
            headers: request.headers,
            time: request.time ?? context.clock(),
            peerAddress: request.peerAddress,
            peerCertificate: request.clientCertificate,
            contextExtensions: request.contextExtensions,
          },
          await callerOf(request, store),
        );
      } finally {
        await explaining.close();
      }
    },

    tryPolicies: async (request) =>
      tryInSurroundings(request, { stored: await store.snapshot(), subjects: subjectsInStore(store) }),
  };
}

async function callerOf(
  { account, jwt }: ExplainRequest,
  store: Store,
): Promise<SimulatedCaller | undefined> {
  if (jwt !== undefined) return { jwt };
  return account === undefined ? undefined : findServiceAccount(new Reader(store), ALL_GRANTS, account);
}
