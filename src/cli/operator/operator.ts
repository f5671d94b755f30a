import type { z } from 'zod';
import type { AccountId } from '../../accounts/account-id.ts';
import type { NamespaceId } from '../../accounts/namespace-id.ts';
import type { ActivityEntry } from '../../activity/activity-entry-schema.ts';
import type { Explained } from '../../contract/explanation.ts';
import type { AccountView, CredentialView } from '../../contract/service-accounts.ts';
import type { TargetUrl } from '../../contract/target-url.ts';
import type { CredentialId } from '../../credentials/credential-id.ts';
import type { RecordedDecision } from '../../explain/recorded-decision-schema.ts';
import type { TrialDescription } from '../../explain/trial-counts.ts';
import type { ResourceFile } from '../../manifests/parse-resources.ts';
import type { Resource, ResourceKind, StoredResource } from '../../manifests/resource.ts';
import type { DetailedChange } from '../../operations/changes/plan-changes.ts';
import type { Removal } from '../../operations/changes/proposed-change.ts';
import type { TransactOptions } from '../../operations/changes/transact.ts';
import type { DescribedCredential } from '../../operations/issue-credential.ts';
import type { DirectoryImport } from '../../operations/plan-directory-import.ts';
import type { NewServiceAccount, WantedCredential } from '../../operations/service-accounts.ts';
import type { DecisionFilter } from '../decision-filter.ts';
import type { Progress } from '../progress.ts';

/**
 * What verbs ask for, of the store of this machine or of an admin API: the same answers, in the same order. Rejects with
 * errors that `report-error.ts` knows.
 */
export interface Operator extends AccountOperator, ResourceOperator, RecordOperator {
  /** For whoever makes a change: the admin API that it is made on; undefined for the store of this machine. */
  readonly server: string | undefined;
  /** What it works on, as people read it: a server's address, or where the store is. */
  readonly place: string;
  close(): Promise<void>;
}

export type ShownCredential = z.output<typeof CredentialView>;
export type ShownAccount = Omit<z.output<typeof AccountView>, 'credentials_expire_at'>;
export interface AccountWithCredentials extends ShownAccount {
  readonly credentials: readonly ShownCredential[];
}

export interface AccountOperator {
  createAccount(wanted: NewServiceAccount): Promise<DescribedCredential>;
  rotateCredential(wanted: WantedCredential): Promise<DescribedCredential>;
  /** Resolves with the ids of those that were good until now. */
  revokeCredentials(
    id: AccountId,
    only: CredentialId | undefined,
    how?: TransactOptions,
  ): Promise<readonly string[]>;
  setDisabled(
    id: AccountId,
    disabled: boolean,
    how?: TransactOptions,
  ): Promise<{ readonly disabled: boolean }>;
  deleteAccount(id: AccountId, how?: TransactOptions): Promise<void>;
  /** Of this namespace alone, or all; in the order of ids. */
  listAccounts(namespace: NamespaceId | undefined): Promise<readonly ShownAccount[]>;
  showAccount(id: AccountId): Promise<AccountWithCredentials>;
}

/** What of an account nobody writes into a file. */
export interface AccountState extends Pick<ShownAccount, 'status' | 'created_at' | 'last_used_at'> {
  readonly credentials: readonly ShownCredential[];
}

export interface FoundResource {
  readonly resource: StoredResource;
  /** Of a service account, where it was asked for. */
  readonly state: AccountState | undefined;
}

export interface Changes {
  readonly revision: number;
  /** With what is before and after where it was a dry run. */
  readonly changes: readonly DetailedChange[];
  /** Credentials that were revoked with them, or would be. */
  readonly revoked: readonly string[];
}

export interface ChangeHow {
  /** Works everything out, and writes nothing. */
  readonly dryRun: boolean;
  /** Revokes the credentials for which a change would be refused that gives roles. */
  readonly revokeOthers?: boolean;
  readonly progress: Progress;
  /** What pruning may take away; undefined for whatever it finds. */
  readonly pruneOnly?: readonly Pick<DetailedChange, 'kind' | 'id'>[];
}

export interface ResourceOperator {
  findResource(kind: ResourceKind, id: string, withState: boolean): Promise<FoundResource | undefined>;
  /** Of one kind, in the order of `exportResources`. Rejects with `UnknownResource` for a namespace that is none. */
  listResources(
    kind: ResourceKind,
    namespace: NamespaceId | undefined,
    withState: boolean,
  ): Promise<readonly FoundResource[]>;
  exportResources(namespace: NamespaceId | undefined): Promise<readonly StoredResource[]>;
  apply(resources: readonly Resource[], prune: boolean, how: ChangeHow): Promise<Changes>;
  deleteResource(kind: ResourceKind, id: string, how: ChangeHow): Promise<Changes>;
  deleteResources(removals: readonly Removal[], how: ChangeHow): Promise<Changes>;
  importDirectory(wanted: DirectoryImport, how: ChangeHow): Promise<Changes>;
}

/** A line of the stream of decisions. */
export interface DecisionLine {
  readonly line: string;
  /** Undefined where the line is no decision: another program's, or damaged. */
  readonly decision: RecordedDecision | undefined;
}

/** A part of the stream; never of no lines but where `cursor` goes on. */
export interface DecisionPage {
  /** To go on from later. */
  readonly cursor: string | undefined;
  readonly lines: readonly DecisionLine[];
}

export interface ExplainRequest {
  readonly url: TargetUrl;
  /** The same as text. */
  readonly urlText: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly account: AccountId | undefined;
  readonly jwt: string | undefined;
  readonly peerAddress: string | undefined;
  /** PEM. */
  readonly clientCertificate: string | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; undefined for now. */
  readonly time: number | undefined;
}

export interface TryRequest {
  /** The changed policies. */
  readonly source: ResourceFile;
  /** The policy whose document the source is; undefined where it is resources. */
  readonly id: string | undefined;
  /** `undefined` for a line that is no decision. */
  readonly decisions: AsyncIterable<RecordedDecision | undefined>;
  /** Tells whoever watches what the counts do not. */
  readonly note: (text: string) => void;
}

export interface RecordOperator {
  activity(order: 'newest' | 'oldest', limit: number): AsyncIterable<ActivityEntry>;
  /**
   * The oldest first, to the end of the stream as it is now.
   * @param after a cursor; undefined for the beginning
   * @param filter may be heeded or not: what comes has to be filtered
   * @param now milliseconds since the epoch, for the filter
   */
  decisions(after: string | undefined, filter: DecisionFilter, now: number): AsyncIterable<DecisionPage>;
  explain(request: ExplainRequest): Promise<Explained>;
  tryPolicies(request: TryRequest): Promise<TrialDescription>;
}
