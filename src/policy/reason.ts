import { POLICY_REASONS, type PolicyReason } from './policy-reason-schema.ts';

/** The reasons with which a criterion holds; with each other one it does not. So a criterion's reason says its value. */
const PASSING_REASONS: ReadonlySet<PolicyReason> = new Set<PolicyReason>([
  'accept',
  'claim-ok',
  'client-certificate-ok',
  'client-certificate-required',
  'cors-request',
  'date-ok',
  'day-of-week-ok',
  'device-ok',
  'domain-ok',
  'email-ok',
  'groups-ok',
  'http-method-ok',
  'http-path-ok',
  'invalid-client-certificate',
  'mcp-tool-match',
  'source-ip-ok',
  'ssh-username-ok',
  'time-of-day-ok',
  'user-ok',
]);

/** What a criterion says of a request. */
export interface Reason {
  readonly name: PolicyReason;
  /** Whether a criterion that gives it holds. */
  readonly holds: boolean;
  /** Its place among all of them. */
  readonly index: number;
}

const REASONS: ReadonlyMap<PolicyReason, Reason> = new Map(
  POLICY_REASONS.map((name, index) => [name, { name, index, holds: PASSING_REASONS.has(name) }]),
);

/** The one of that name. */
export function reasonOf(name: PolicyReason): Reason {
  const reason = REASONS.get(name);
  if (reason === undefined) throw new Error(`no reason is named ${name}`);
  return reason;
}
