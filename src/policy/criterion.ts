import type { CriterionNotes } from './lint/criterion-notes.ts';
import type { PolicyInput } from './policy-input.ts';
import type { SourceNode } from './policy-source.ts';
import type { ProblemList } from './problem-list.ts';
import type { Reason } from './reason.ts';

/** A criterion with its data taken in: the one reason that it gives for a request. Never throws. */
export type CriterionTest = (input: PolicyInput) => Reason;

/** What of a request a policy looks at, beside its caller, method and headers. */
export type PolicyUse = 'path' | 'clientCertificate' | 'sourceIp' | 'time';

/** One criterion of the language. */
export interface CriterionKind {
  /** As documents write it; of `claim/<name>` the part before the slash. */
  readonly name: string;
  readonly uses?: PolicyUse;
  /** What a document's author should write, for the schema and for errors. */
  readonly data:
    | 'ignored'
    | 'string'
    | 'string-list'
    | 'source-ip'
    | 'certificate'
    | 'date'
    | 'day-of-week'
    | 'time-of-day'
    | 'device'
    | 'ssh-keys'
    | 'text';
  /**
   * Takes the data in; undefined where they are wrong, with the mistakes in `problems`. `subject` is what follows the
   * slash of the criterion's name, of `claim` alone.
   */
  compile(data: SourceNode, problems: ProblemList, subject: string): CriterionTest | undefined;
  /** Says what the author of data that compile hardly meant. */
  lint?(data: SourceNode, notes: CriterionNotes): void;
}
