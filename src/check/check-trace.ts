import type { PresentedCredential } from '../credentials/extract-credential.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import type { Binding, BindingRefusal } from '../routes/match-request.ts';
import type { PolicySet } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Identity } from './identity.ts';

/** What the stages of a Check found before the decision, also if the Check fails in a later stage. */
export interface CheckTrace {
  readonly snapshot: Snapshot;
  readonly presented: PresentedCredential | undefined;
  readonly bound: Binding | BindingRefusal;
  /** Undefined if there is no credential, or nothing depends on it. */
  readonly identity: Identity | undefined;
  /** Those of what the request belongs to, whether they can be used or not. */
  readonly policies: PolicySet;
  readonly input: PolicyInput;
}

/** Receives what a stage found. A decision itself keeps no credential, so this is for `explain` alone. */
export type CheckRecorder = (found: Partial<CheckTrace>) => void;
