import type { AccountReason, Caller } from '../accounts/caller.ts';
import type { Enforcement } from '../accounts/namespace.ts';
import type { CredentialScheme } from '../credentials/extract-credential.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicyReason } from '../policy/reason.ts';
import type { Binding, RouteReason } from '../routes/binding.ts';
import type { TokenReason } from '../tokens/token-refusal.ts';

/** Why a request was refused, or let in: one closed list, each stage's part owned by the stage. */
export type Reason =
  | RouteReason
  | TokenReason
  | AccountReason
  | PolicyReason
  | 'user-unauthenticated'
  | 'namespace-unauthorized'
  | 'no-policy';

/** The row of DESIGN §4 that a refusal falls under. */
export type Refusal = 'not-found' | 'path-ambiguous' | 'client-certificate' | 'unauthenticated' | 'forbidden';

/** What was decided about a request, and everything that an answer, a log line or a metric needs to say of it. */
export type Decision = Allow | Deny;

interface Judged {
  /** `observe`: the request goes through whatever was decided, without an assertion. */
  readonly enforcement: Enforcement;
  /** What the request belongs to; absent where that was the refusal. */
  readonly binding: Binding | undefined;
  /** Who called, after a good signature and a live account; absent for a caller that counts as nobody. */
  readonly caller: Caller | undefined;
  /** Which header the credential came in; absent where there was none. */
  readonly scheme: CredentialScheme | undefined;
  /** Every reason, the deciding one first. */
  readonly reasons: readonly Reason[];
  /** The policy that decided, where one did. */
  readonly policy: Policy | undefined;
}

export interface Allow extends Judged {
  readonly verdict: 'allow';
  /** For `x-pomerium-jwt-assertion`; absent where nobody was identified, no audience is known, or in observe. */
  readonly assertion: string | undefined;
}

export interface Deny extends Judged {
  readonly verdict: 'deny';
  readonly refusal: Refusal;
  /** A sentence for the caller: what is wrong with the credential, never quoting it. */
  readonly detail: string | undefined;
}
