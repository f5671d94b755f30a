import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { Sessions } from '../admin/sessions.ts';
import type { SignedIn } from '../admin/sign-in.ts';
import type { Operations } from '../contract/contract.ts';
import type { AnswerOf, Operation, RequestOf } from '../contract/operation.ts';
import type { Explaining } from '../explain/explaining.ts';
import type { Grants } from '../roles/grants.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';
import type { Issuing } from './issue-credential.ts';
import type { PolicyLinter } from './policy-linter.ts';
import type { Reader } from './reader.ts';

/** What a handler works with. It reads as far as `grants` go, and writes through `transact` alone, which asks them again. */
export interface AuthenticatedContext {
  readonly store: StoreWithTelemetry;
  readonly reader: Reader;
  readonly access: SignedIn;
  readonly grants: Grants;
  readonly tree: NamespaceTree;
  /** The key for new credentials; rejects with what to do where this machine has none. */
  issuing(): Promise<Issuing>;
  /** What a request is explained with, on the store as it is now; to be closed. */
  explaining(): Promise<Explaining>;
}

export interface HandlerContext extends AuthenticatedContext {
  readonly sessions: Sessions;
  /** Of the session that the client shows, whether or not it is why somebody is signed in. */
  readonly sessionId: string | undefined;
  readonly linter: PolicyLinter;
  /** Aborted where the client has gone: nothing more is to be worked out. */
  readonly gone: AbortSignal;
}

export type Handler<O extends Operation> = (
  request: RequestOf<O>,
  context: HandlerContext,
) => Promise<AnswerOf<O>>;

/** One for every operation, or it does not compile. */
export type Handlers = {
  readonly [G in keyof Operations]: {
    readonly [N in keyof Operations[G]]: Operations[G][N] extends Operation
      ? Handler<Operations[G][N]>
      : never;
  };
};
