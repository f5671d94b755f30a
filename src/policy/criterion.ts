import type { SourceNode } from '../text/source-node.ts';
import type { CriterionData } from './criterion-data.ts';
import type { CriterionNotes } from './lint/criterion-notes.ts';
import type { PolicyInput } from './policy-input.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import type { ProblemList } from './problem-list.ts';
import type { Reason } from './reason.ts';

/** A criterion with its data taken in: the one reason that it gives for a request. Never throws. */
export type CriterionTest = (input: PolicyInput) => Reason;

/** What of a request a policy looks at, beside its caller, method and headers. */
export type PolicyUse = 'path' | 'clientCertificate' | 'sourceIp' | 'time';

/**
 * What of a request may not be known when it is evaluated again. `path` is for no criterion alone, because a path may
 * also be refused for itself.
 */
export type UnknownPart = 'address' | 'certificate' | 'headers' | 'mcp' | 'path' | 'directory';

/** A part of a request that a criterion may not know. */
export interface Unknowable {
  readonly part: UnknownPart;
  /** What the criterion may say then. */
  readonly reasons: readonly PolicyReason[];
}

/**
 * One criterion of the language, with everything that the compiler, lint, the schema, the cost and replay need to know. To
 * add one: its file, its reasons in `policy-reason-schema.ts`, and its entry in `criteria.ts`.
 */
export interface CriterionKind {
  /** As documents write it; of `claim/<name>` the part before the slash. */
  readonly name: string;
  /** Whether a subject follows the name after a slash. */
  readonly hasSubject?: true;
  readonly uses?: PolicyUse;
  /** Undefined if a request that is evaluated again always tells enough. */
  readonly unknowable?: Unknowable;
  readonly data: CriterionData;
  /** Whatever the data. */
  readonly neverHolds?: true;
  /** In units of `MAX_POLICY_COST`; if absent, that of comparing a path with the data. */
  cost?(data: SourceNode): number;
  /**
   * Takes the data in; undefined if they are wrong, with the reasons in `problems`. `subject` is what follows the slash
   * of the criterion's name.
   */
  compile(data: SourceNode, problems: ProblemList, subject: string): CriterionTest | undefined;
  /** Says what the author of data that compile hardly meant. */
  lint?(data: SourceNode, notes: CriterionNotes): void;
}
