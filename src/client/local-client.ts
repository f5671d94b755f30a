import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { Operation } from '../contract/operation.ts';
import { UNWATCHED } from '../manifests/report-progress.ts';
import type { OperationContext, OperationDeps } from '../operations/operation-context.ts';
import { runOperation } from '../operations/operations.ts';
import { parseInput } from '../operations/parse-input.ts';
import type { Principal } from '../operations/principal.ts';
import { Reader } from '../operations/reader.ts';
import type { Answer, CallInput, CallOptions, Client, Versioned } from './client.ts';
import { collect } from './collect-pages.ts';

/** Who calls operations in this process, and on what. */
export interface LocalCaller extends OperationDeps {
  readonly principal: Principal;
  readonly place: string;
}

/** Carries operations out in this process. Closing it closes the store. */
export class LocalClient implements Client {
  readonly server = undefined;
  readonly place: string;
  readonly #caller: LocalCaller;
  /** What reads work with until something is changed. */
  #read: Promise<Pick<OperationContext, 'reader' | 'grants' | 'tree'>> | undefined;

  constructor(caller: LocalCaller) {
    this.#caller = caller;
    this.place = caller.place;
  }

  async call<O extends Operation>(
    operation: O,
    input?: CallInput<O>,
    options?: CallOptions,
  ): Promise<Answer<O>> {
    return (await this.callVersioned(operation, input, options)).answer;
  }

  async callVersioned<O extends Operation>(
    operation: O,
    input: CallInput<O> = {},
    { report = UNWATCHED }: CallOptions = {},
  ): Promise<Versioned<Answer<O>>> {
    const parsed = await parseInput(operation, input);
    this.#read ??= this.#begin();
    const read = await this.#read;
    if (operation.method !== 'GET') this.#read = undefined;
    const { body, items, revision } = await runOperation(operation, parsed, {
      ...this.#caller,
      ...read,
      report,
    });
    const { response, listed } = operation;
    const list = listed !== undefined && items !== undefined && { [listed]: await collect(items) };
    return { answer: response.parse({ ...Object(body), ...list }) as Answer<O>, revision };
  }

  async close(): Promise<void> {
    await this.#caller.store.close();
  }

  async #begin() {
    const { store, principal } = this.#caller;
    const reader = new Reader(store);
    let tree: Promise<NamespaceTree> | undefined;
    return {
      reader,
      grants: await principal.grants(reader),
      tree: () => (tree ??= reader.tree()),
    };
  }
}
