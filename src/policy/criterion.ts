import type { SourceNode } from '../text/source-node.ts';
import type { CriterionData } from './criterion-data.ts';
import type { CriterionNotes } from './lint/criterion-notes.ts';
import type { PolicyInput } from './policy-input.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import type { ProblemList } from './problem-list.ts';
import type { Reason } from './reason.ts';

/** A compiled criterion: gives one reason for a request. Never throws. */
export type CriterionTest = (input: PolicyInput) => Reason;

/** Parts of a request that a policy may read, other than caller, method and headers. */
export type PolicyUse = 'path' | 'clientCertificate' | 'sourceIp' | 'time';

/**
 * Parts of a recorded request that may be unknown when it is evaluated again. No criterion names `path`, because an
 * ambiguous path is refused before any criterion is evaluated.
 */
export type UnknownPart = 'address' | 'certificate' | 'headers' | 'mcp' | 'path' | 'directory';

/** A part of a recorded request that may be unknown to a criterion. */
export interface Unknowable {
  readonly part: UnknownPart;
  /** The possible reasons of the criterion if the part is unknown. */
  readonly reasons: readonly PolicyReason[];
}

/**
 * One criterion of the language, as the compiler, lint, the schema, the cost and replay read it. To add one, write its
 * file, its reasons in `policy-reason-schema.ts` and its entry in `criteria.ts`.
 */
export interface CriterionKind {
  /** As in a document. For `claim/<name>`, the part before the slash. */
  readonly name: string;
  /** Set if a slash and a subject follow the name. */
  readonly hasSubject?: true;
  readonly uses?: PolicyUse;
  /** Undefined if a recorded request always has what the criterion reads. */
  readonly unknowable?: Unknowable;
  readonly data: CriterionData;
  /** Set if the criterion never holds, whatever its data. */
  readonly neverHolds?: true;
  /** In units of `MAX_POLICY_COST`. Default: the cost of comparing a path with the data. */
  cost?(data: SourceNode): number;
  /**
   * Compiles the data. Undefined if they are invalid, with the reasons in `problems`. `subject` is the part of the
   * criterion's name after the slash.
   */
  compile(data: SourceNode, problems: ProblemList, subject: string): CriterionTest | undefined;
  /** Warns about data that compile but that the author probably did not intend. */
  lint?(data: SourceNode, notes: CriterionNotes): void;
}
