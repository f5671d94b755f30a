import { type Command, InvalidArgumentError, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { DECISION_REASONS } from '../contract/decision-reasons.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { suggestName } from '../text/suggest-name.ts';
import { argumentOf, parseSince, type Since } from './command-options.ts';

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
  return since === undefined || Date.parse(decision.time) >= ('at' in since ? since.at : now - since.ago);
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
