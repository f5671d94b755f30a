import { type Command, InvalidArgumentError, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { GLOBAL, NamespaceId } from '../accounts/namespace-id.ts';
import type { Client } from '../client/client.ts';
import { DECISION_REASONS } from '../contract/decision-reasons.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { suggestName } from '../text/suggest-name.ts';
import { argumentOf, parseSince, type Since, timeOf } from './command-options.ts';
import { findResource, requireNamespace } from './read-resources.ts';

/** Which decisions are asked for; absent for all. */
export interface DecisionFilter {
  readonly namespace?: NamespaceId;
  readonly account?: AccountId;
  readonly verdict?: 'allow' | 'deny';
  readonly reason?: string;
  readonly since?: Since;
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'only those of this namespace', argumentOf(NamespaceId))
    .option('--account <id>', 'only those about this service account', argumentOf(AccountId))
    .addOption(new Option('--verdict <verdict>', 'only those').choices(['allow', 'deny']))
    .option('--reason <reason>', 'only those with this reason, such as user-unauthorized', parseReason)
    .option(
      '--since <time>',
      'only those since then: a time such as 2027-01-31T12:00:00Z, a date, or how long ago, such as 15m or 7d',
      parseSince,
    );
}

/** @param now milliseconds since the epoch */
export function matchesFilter(
  decision: RecordedDecision,
  { namespace, account, verdict, reason, since }: DecisionFilter,
  now: number,
): boolean {
  if (namespace !== undefined && decision.namespace !== namespace) return false;
  if (account !== undefined && decision.account_id !== account) return false;
  if (verdict !== undefined && decision.verdict !== verdict) return false;
  if (reason !== undefined && decision.reason !== reason && !decision.reasons?.includes(reason)) return false;
  return since === undefined || Date.parse(decision.time) >= timeOf(since, now);
}

function parseReason(text: string): string {
  if (DECISION_REASONS.includes(text)) return text;
  throw new InvalidArgumentError(
    `there is no reason ${JSON.stringify(text)}${suggestName(text, DECISION_REASONS)}`,
  );
}

/** What to tell of entries that were left out. */
export function describeForeign(count: number): string {
  return `left out ${count} of the entries: no decisions, but another program's, or damaged`;
}

/**
 * Knows by the end of a list whether a filter named something that is there: a misspelt name must not look like nothing that happened.
 * What is in the list itself counts, such as decisions of an account that was deleted since.
 */
export class NamedInFilter {
  readonly #filter: DecisionFilter;
  #account: boolean;
  #namespace: boolean;

  constructor(filter: DecisionFilter) {
    this.#filter = filter;
    this.#account = filter.account === undefined;
    this.#namespace = filter.namespace === undefined || filter.namespace === GLOBAL;
  }

  see({ account_id, namespace }: RecordedDecision): void {
    this.#account ||= account_id === this.#filter.account;
    this.#namespace ||= namespace === this.#filter.namespace;
  }

  /** Rejects with `OperationError` for a name that nothing has. */
  async check(client: Client): Promise<void> {
    const { namespace, account } = this.#filter;
    if (!this.#namespace && namespace !== undefined) await requireNamespace(client, namespace);
    if (!this.#account && account !== undefined && !(await findResource(client, 'ServiceAccount', account)))
      throw new OperationError('not-found', `there is no service account ${account}: see sallyport sa list`);
  }
}
