import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { Operations } from '../contract/contract.ts';
import type { InputOf, Operation, OutputOf } from '../contract/operation.ts';
import type { Explaining } from '../explain/simulation.ts';
import type { ReportProgress } from '../manifests/report-progress.ts';
import type { Grants } from '../roles/grants.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';
import type { Issuing } from './issue-credential.ts';
import type { LintAnswer } from './policy-linter.ts';
import type { Principal } from './principal.ts';
import type { Reader } from './reader.ts';

export interface OperationDeps {
  readonly store: StoreWithTelemetry;
  /** The key for new credentials. Rejects if this machine has none; the message says what to do. */
  issuing(): Promise<Issuing>;
  /** What a request is explained with, on the store as it is now; to be closed. */
  explaining(): Promise<Explaining>;
  /** Undefined if reading the text takes more time or memory than there is for it. */
  lint(text: string): Promise<LintAnswer | undefined>;
}

/**
 * What an operation works with. `reader` reads everything: the operation itself leaves out what `grants` do not show. It writes only
 * through `transact`, which authorizes the change.
 */
export interface OperationContext extends OperationDeps {
  readonly reader: Reader;
  readonly principal: Principal;
  readonly grants: Grants;
  /** Read once, when it is first asked for. */
  tree(): Promise<NamespaceTree>;
  /** Rejects once the caller has gone. */
  readonly report: ReportProgress;
}

/** A use case: one file each. Rejects with `OperationError`. */
export type Implementation<O extends Operation, C = OperationContext> = (
  input: InputOf<O>,
  context: C,
) => Promise<OutputOf<O>>;

/** One for every operation of a group, or it does not compile. */
export type Implementations<G extends keyof Operations, C = OperationContext> = {
  readonly [N in keyof Operations[G]]: Operations[G][N] extends Operation
    ? Implementation<Operations[G][N], C>
    : never;
};
