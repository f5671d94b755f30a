/** Every reason that a criterion gives, by Pomerium's names, in the order in which they are listed. */
export const POLICY_REASONS = [
  'accept',
  'claim-ok',
  'claim-unauthorized',
  'client-certificate-ok',
  'client-certificate-required',
  'client-certificate-unauthorized',
  'cors-request',
  'date-ok',
  'date-unauthorized',
  'day-of-week-ok',
  'day-of-week-unauthorized',
  'device-ok',
  'device-unauthenticated',
  'domain-ok',
  'domain-unauthorized',
  'email-ok',
  'email-unauthorized',
  'groups-ok',
  'groups-unauthorized',
  'http-method-ok',
  'http-method-unauthorized',
  'http-path-ok',
  'http-path-unauthorized',
  'invalid-client-certificate',
  'mcp-not-a-tool-call',
  'mcp-tool-match',
  'mcp-tool-no-match',
  'non-cors-request',
  'reject',
  'source-ip-ok',
  'source-ip-unauthorized',
  'ssh-publickey-unauthorized',
  'ssh-username-ok',
  'ssh-username-unauthorized',
  'time-of-day-ok',
  'time-of-day-unauthorized',
  'user-ok',
  'user-unauthenticated',
  'user-unauthorized',
  'valid-client-certificate',
] as const;

/** Why a policy admits or refuses; closed, so that a caller can tell the cases apart. */
export type PolicyReason = (typeof POLICY_REASONS)[number];

/** The reasons with which a criterion holds; with each other one it does not. So a criterion's reason says its value. */
const HOLDING: ReadonlySet<PolicyReason> = new Set<PolicyReason>([
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
  POLICY_REASONS.map((name, index) => [name, { name, index, holds: HOLDING.has(name) }]),
);

/** The one of that name. */
export function reasonOf(name: PolicyReason): Reason {
  const reason = REASONS.get(name);
  if (reason === undefined) throw new Error(`no reason is named ${name}`);
  return reason;
}
