import { GLOBAL } from '../accounts/namespace-id.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import { unknownResource } from '../operations/refusals.ts';

import { noServiceAccount } from '../operations/service-accounts.ts';
import type { DecisionFilter } from './decision-filter.ts';
import type { Operator } from './operator/operator.ts';

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

  /** Rejects with `OperationError` or `OperationError` for a name that nothing has. */
  async check(operator: Operator): Promise<void> {
    const { namespace, account } = this.#filter;
    if (!this.#namespace && namespace !== undefined) await requireNamespace(operator, namespace);
    if (
      !this.#account &&
      account !== undefined &&
      !(await operator.findResource('ServiceAccount', account, false))
    )
      throw new OperationError('not-found', noServiceAccount(account));
  }
}

/** Rejects with `OperationError`, which says what may have been meant. */
export async function requireNamespace(operator: Operator, namespace: string): Promise<void> {
  if (namespace === GLOBAL || (await operator.findResource('Namespace', namespace, false))) return;
  const known = await operator.listResources('Namespace', undefined, false);
  throw unknownResource('namespace', namespace, [GLOBAL, ...known.map(({ resource }) => resource.spec.id)]);
}
