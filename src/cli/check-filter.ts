import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Client } from '../client/client.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { RecordedDecision } from '../explain/recorded-decision-schema.ts';
import type { DecisionFilter } from './decision-filter.ts';
import { findResource, requireNamespace } from './read-resources.ts';

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
