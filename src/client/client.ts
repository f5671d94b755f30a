import type { z } from 'zod';
import type { Operation, Precondition } from '../contract/operation.ts';
import type { ReportProgress } from '../manifests/report-progress.ts';

type SchemaInput<S> = S extends z.ZodType ? z.input<S> : never;

/** What an operation is called with, before it is parsed. */
export interface CallInput<O extends Operation> {
  readonly params?: SchemaInput<O['params']>;
  readonly query?: SchemaInput<O['query']>;
  readonly body?: SchemaInput<O['body']>;
  readonly precondition?: Precondition;
}

export type Answer<O extends Operation> = z.output<O['response']>;

export interface Versioned<A> {
  readonly answer: A;
  /** Of what was read or written, for a precondition; undefined if the operation has none. */
  readonly revision: number | undefined;
}

export interface CallOptions {
  /** How far long work is, if it is done in this process. */
  readonly report?: ReportProgress;
}

/** Calls operations of the contract: of this process or of a server. The same calls have the same answers and errors. */
export interface Client {
  /** The server's address; undefined for this process. */
  readonly server: string | undefined;
  /** What it works on, for people: a server's address, or where the store is. */
  readonly place: string;
  /** Rejects with `OperationError`, or with a fault of the store or the connection. */
  call<O extends Operation>(operation: O, input?: CallInput<O>, options?: CallOptions): Promise<Answer<O>>;
  callVersioned<O extends Operation>(operation: O, input?: CallInput<O>): Promise<Versioned<Answer<O>>>;
  close(): Promise<void>;
}
