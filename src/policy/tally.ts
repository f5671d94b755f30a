import type { PolicyReason } from './reason.ts';
import { NO_REASONS, type ReasonSet, reasonsOf } from './reason-set.ts';

/** Whether an action is due, and why. */
export interface ActionVerdict {
  readonly value: boolean;
  readonly reasons: readonly PolicyReason[];
}

/** What one or more policies say of a request. */
export interface PolicyVerdict {
  readonly allow: ActionVerdict;
  readonly deny: ActionVerdict;
}

/**
 * Collects what operators, rules and policies say; all of them add up by *or*. Each operator leaves its reasons with
 * those that held or with those that failed, and an action is due where any held: then only these count.
 */
export class Tally {
  allowHeld: ReasonSet = NO_REASONS;
  allowFailed: ReasonSet = NO_REASONS;
  denyHeld: ReasonSet = NO_REASONS;
  denyFailed: ReasonSet = NO_REASONS;

  clear(): void {
    this.allowHeld = NO_REASONS;
    this.allowFailed = NO_REASONS;
    this.denyHeld = NO_REASONS;
    this.denyFailed = NO_REASONS;
  }

  add(other: Tally): void {
    this.allowHeld |= other.allowHeld;
    this.allowFailed |= other.allowFailed;
    this.denyHeld |= other.denyHeld;
    this.denyFailed |= other.denyFailed;
  }

  get allow(): boolean {
    return this.allowHeld !== NO_REASONS;
  }

  get deny(): boolean {
    return this.denyHeld !== NO_REASONS;
  }

  get allowReasons(): ReasonSet {
    return this.allow ? this.allowHeld : this.allowFailed;
  }

  get denyReasons(): ReasonSet {
    return this.deny ? this.denyHeld : this.denyFailed;
  }

  verdict(): PolicyVerdict {
    return {
      allow: { value: this.allow, reasons: reasonsOf(this.allowReasons) },
      deny: { value: this.deny, reasons: reasonsOf(this.denyReasons) },
    };
  }
}
