import type { PolicyReason } from './policy-reason-schema.ts';
import { ReasonSet } from './reason-set.ts';

/** Whether a side (allow or deny) holds, and why. */
export interface ActionVerdict {
  readonly value: boolean;
  readonly reasons: readonly PolicyReason[];
}

/** The verdict of one or more policies on a request. */
export interface PolicyVerdict {
  readonly allow: ActionVerdict;
  readonly deny: ActionVerdict;
}

/**
 * Collects the results of operators, rules and policies, which combine by *or*. Each operator adds its reasons to those
 * that held or to those that failed. A side holds if one of its operators held, and then only the reasons that held count.
 */
export class VerdictAccumulator {
  readonly allowHeld = new ReasonSet();
  readonly allowFailed = new ReasonSet();
  readonly denyHeld = new ReasonSet();
  readonly denyFailed = new ReasonSet();

  clear(): void {
    this.allowHeld.clear();
    this.allowFailed.clear();
    this.denyHeld.clear();
    this.denyFailed.clear();
  }

  add(other: VerdictAccumulator): void {
    this.allowHeld.addAll(other.allowHeld);
    this.allowFailed.addAll(other.allowFailed);
    this.denyHeld.addAll(other.denyHeld);
    this.denyFailed.addAll(other.denyFailed);
  }

  get allow(): boolean {
    return !this.allowHeld.isEmpty;
  }

  get deny(): boolean {
    return !this.denyHeld.isEmpty;
  }

  get allowReasons(): ReasonSet {
    return this.allow ? this.allowHeld : this.allowFailed;
  }

  get denyReasons(): ReasonSet {
    return this.deny ? this.denyHeld : this.denyFailed;
  }

  verdict(): PolicyVerdict {
    return {
      allow: { value: this.allow, reasons: this.allowReasons.list() },
      deny: { value: this.deny, reasons: this.denyReasons.list() },
    };
  }
}
