import type { NamePattern } from '../accounts/name-pattern.ts';
import type { IndexedStore } from '../operations/index/indexed-store.ts';
import type { Issuing } from '../operations/issue-credential.ts';
import type { OperationContext } from '../operations/operation-context.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { SessionSettings } from './sessions.ts';

/** The same with the indexes that all requests share. */
export interface ServedParts extends AdminParts {
  readonly store: IndexedStore;
}

export interface AdminParts {
  readonly store: StoreWithTelemetry;
  /** Verifies credentials made for the admin API. */
  readonly tokens: TokenVerifier;
  /** `directory.reserved`: user IDs that only an admin of `global` may give to an account. */
  readonly reservedNames: readonly NamePattern[];
  /** `realm` of `WWW-Authenticate`. */
  readonly realm: string;
  /** Undefined where this machine has no key to sign credentials. */
  readonly issuing: (() => Promise<Issuing>) | undefined;
  /** What a request is explained with. */
  readonly explaining: OperationContext['explaining'];
  /** Of browsers; `plain` where the listener speaks plain HTTP, and only this machine can reach it. */
  readonly sessions: SessionSettings & { readonly plain: boolean };
  readonly version: string;
  now(): number;
  /** Called after a request that took much memory, and before the next one does. */
  freeMemory(): void;
  /** Called if a user was deactivated by a request whose other changes were refused, with those changes. */
  onDropped(user: string, dropped: readonly string[]): void;
  /** Called with unexpected errors; the client gets only 500. */
  onFault(fault: unknown): void;
}
