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

/** Selects decisions; an absent field selects all. */
export interface DecisionFilter {
  readonly namespace?: NamespaceId;
  readonly account?: AccountId;
  readonly verdict?: 'allow' | 'deny';
  readonly reason?: string;
  readonly since?: Since;
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'only decisions in this namespace', argumentOf(NamespaceId))
    .option('--account <id>', 'only decisions about this service account', argumentOf(AccountId))
    .addOption(
      new Option('--verdict <verdict>', 'only decisions with this verdict').choices(['allow', 'deny']),
    )
    .option('--reason <reason>', 'only decisions with this reason, such as user-unauthorized', parseReason)
    .option(
      '--since <time>',
      'only decisions since a time such as 2027-01-31T12:00:00Z, a date, or how long ago, such as 15m or 7d',
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

/** The message about skipped entries. */
export function describeForeign(count: number): string {
  return `skipped ${count} entries that are not decisions: damaged, or written by another program`;
}

/**
 * Checks at the end of a list that the names in a filter exist, so that a misspelt name does not look like an empty result.
 * A name that occurs in the list exists, even if its account was deleted since.
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

  /** Rejects with `OperationError` for an unknown name. */
  async check(client: Client): Promise<void> {
    const { namespace, account } = this.#filter;
    if (!this.#namespace && namespace !== undefined) await requireNamespace(client, namespace);
    if (!this.#account && account !== undefined && !(await findResource(client, 'ServiceAccount', account)))
      throw new OperationError('not-found', `there is no service account ${account}: see sallyport sa list`);
  }
}
