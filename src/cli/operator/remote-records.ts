import type { ActivityEntry } from '../../activity/activity-entry-schema.ts';
import type { AdminClient, Asking } from '../../client/admin-client.ts';
import { RemoteError } from '../../client/remote-error.ts';
import { OPERATIONS } from '../../contract/contract.ts';
import { RecordedDecision } from '../../explain/recorded-decision-schema.ts';
import { AccountError } from '../../operations/account-error.ts';
import { noServiceAccount } from '../../operations/service-accounts.ts';
import type { DecisionFilter } from '../decision-filter.ts';
import { jsonText } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { eachOf, pagesOf } from './collect-pages.ts';
import type { DecisionLine, DecisionPage, RecordOperator } from './operator.ts';
import { PAGE } from './remote-accounts.ts';
import { tryRemotely } from './try-remotely.ts';

const { activity, decisions } = OPERATIONS;

/** What happened, and what would, as an admin API tells it. */
export function remoteRecords(client: AdminClient): RecordOperator {
  return {
    async *activity(order, limit) {
      let left = limit;
      const all: AsyncIterable<ActivityEntry> = eachOf((cursor) =>
        client.call(activity.list, { query: { order, limit: Math.min(PAGE, left), cursor } }),
      );
      for await (const entry of all) {
        yield entry;
        if (--left === 0) return;
      }
    },

    async *decisions(after, filter, now) {
      const asked = queryOf(filter, now);
      const ask = (cursor: string | undefined) =>
        client.call(decisions.list, { query: { ...asked, order: 'oldest', limit: PAGE, cursor } });
      try {
        for await (const page of pagesOf(ask, after)) {
          yield { cursor: page.last ?? after, lines: page.items.map(lineOf) } satisfies DecisionPage;
        }
      } catch (error) {
        // Of a namespace that is none there are no decisions.
        if (filter.namespace !== undefined && error instanceof RemoteError && error.code === 'not-found')
          return;
        throw error;
      }
    },

    async explain(request) {
      const { account, jwt, time, peerAddress, clientCertificate } = request;
      if (jwt !== undefined)
        throw new UsageError(
          'a caller’s JWT goes to no server: say --account ID, or explain it on the machine with the store',
        );
      try {
        return await client.call(decisions.explain, {
          body: {
            url: request.urlText,
            method: request.method,
            ...(account !== undefined && { account }),
            headers: request.headers.map(([name, value]) => ({ name, value })),
            context_extensions: { ...request.contextExtensions },
            ...(peerAddress !== undefined && { peer_address: peerAddress }),
            ...(clientCertificate !== undefined && { client_certificate: clientCertificate }),
            ...(time !== undefined && { time: new Date(time).toISOString() }),
          },
        });
      } catch (error) {
        if (
          account !== undefined &&
          error instanceof RemoteError &&
          error.detail === noServiceAccount(account)
        )
          throw new AccountError(error.detail, { unknown: true });
        throw error;
      }
    },

    tryPolicies: (request) => tryRemotely(client, request),
  };
}

type Query = NonNullable<Asking<typeof decisions.list>['query']>;

/** As much of a filter as the API knows; what comes is filtered again. */
function queryOf({ namespace, account, verdict, reason, since }: DecisionFilter, now: number): Query {
  const from = since && new Date('at' in since ? since.at : now - since.ago).toISOString();
  return {
    namespace,
    account,
    verdict,
    reason,
    since: from,
  };
}

function lineOf(item: unknown): DecisionLine {
  return { line: jsonText(item), decision: RecordedDecision.safeParse(item).data };
}
