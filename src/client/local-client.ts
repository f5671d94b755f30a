import type { Operation } from '../contract/operation.ts';
import { UNWATCHED } from '../manifests/report-progress.ts';
import type { OperationContext, OperationDeps } from '../operations/operation-context.ts';
import { runOperation } from '../operations/operations.ts';
import { parseInput } from '../operations/parse-input.ts';
import type { Principal } from '../operations/principal.ts';
import { Reader } from '../operations/reader.ts';
import type { Answer, CallInput, CallOptions, Client } from './client.ts';

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
    input: CallInput<O> = {},
    { report = UNWATCHED }: CallOptions = {},
  ): Promise<Answer<O>> {
    const parsed = await parseInput(operation, input);
    this.#read ??= this.#begin();
    const read = await this.#read;
    if (operation.method !== 'GET') this.#read = undefined;
    const { body, items } = await runOperation(operation, parsed, { ...this.#caller, ...read, report });
    const { response, listed } = operation;
    if (listed === undefined || items === undefined) return response.parse(body) as Answer<O>;
    const list: unknown[] = [];
    for await (const item of items) list.push(item);
    return response.parse({ ...Object(body), [listed]: list }) as Answer<O>;
  }

  async close(): Promise<void> {
    await this.#caller.store.close();
  }

  async #begin() {
    const { store, principal } = this.#caller;
    const reader = new Reader(store);
    return { reader, grants: await principal.grants(reader), tree: await reader.tree() };
  }
}
