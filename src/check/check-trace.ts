import type { PresentedCredential } from '../credentials/extract-credential.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import type { Binding, BindingRefusal } from '../routes/match-request.ts';
import type { PolicySet } from '../snapshot/policy-set.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Identity } from './identity.ts';

/** The results of the stages of a Check before the decision, also if a later stage fails. */
export interface CheckTrace {
  readonly snapshot: Snapshot;
  readonly presented: PresentedCredential | undefined;
  readonly bound: Binding | BindingRefusal;
  /** Undefined if there is no credential, or nothing depends on it. */
  readonly identity: Identity | undefined;
  /** The policies that apply to the request, also if they have a fault. */
  readonly policies: PolicySet;
  readonly input: PolicyInput;
}

/** Receives the results of a stage. Only `explain` uses it: a decision itself keeps no credential. */
export type CheckRecorder = (found: Partial<CheckTrace>) => void;
