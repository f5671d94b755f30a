import type { CheckRequest } from '../check/check-request.ts';
import type { Decision } from '../check/decision.ts';
import { type PolicyInputSettings, requestAddress } from '../check/policy-input.ts';
import { jsonString } from '../text/json-text.ts';
import type { DecisionStream } from './decision-stream.ts';
import type { Logger } from './logger.ts';

/** @param durationMs how long the decision took, milliseconds */
export type LogDecision = (decision: Decision, request: CheckRequest, durationMs: number) => void;

/**
 * Writes one JSON line per decision, at level info, and the same line to the stream of the store.
 * @param sourceIp which address to log: the one that policies use
 */
export function createDecisionLog(
  logger: Logger,
  which: 'all' | 'denied' | 'none',
  sourceIp: PolicyInputSettings['sourceIp'] = 'peer',
  stream?: DecisionStream,
): LogDecision {
  const logs = which !== 'none' && logger.pino.isLevelEnabled('info');
  if (!logs && !stream) return () => undefined;
  const { destination } = logger;
  return (decision, request, durationMs) => {
    const isLogged = logs && (which === 'all' || decision.verdict === 'deny');
    const isStored = stream?.takes(decision.verdict);
    if (!isLogged && !isStored) return;
    const line = formatDecision(decision, request, requestAddress(request, sourceIp), durationMs);
    if (isLogged) destination.write(`${line}\n`);
    if (isStored) stream?.add(line);
  };
}

const MAX_ID = 256;
const MAX_HINT = 512;
const MAX_HOST = 261;
const MAX_PATH = 1024;
const MAX_METHOD = 32;
const MAX_IP = 45;

/**
 * One decision as JSON, without a line break: who asked, from where, for what, what was decided and why. No query string and
 * no part of a credential is in it.
 */
export function formatDecision(
  decision: Decision,
  request: CheckRequest,
  ip: string | undefined,
  durationMs: number,
): string {
  // Written by hand: this runs once a Check, and a general serializer costs several times as much.
  const { binding, caller, policy, scheme, shadow, tokenWithoutCaller } = decision;
  let line = `{"level":"info","time":"${timeOf(Date.now())}","event":"decision","verdict":"${decision.verdict}"`;
  line += `,"enforcement":"${decision.enforcement}","reason":${reasonsOf(decision.reasons)}`;
  if (decision.verdict === 'allow') {
    line += `,"authenticated":${decision.authenticated}`;
  } else {
    line += `,"refusal":"${decision.refusal}"`;
    if (decision.detail !== undefined) line += `,"detail":${jsonString(decision.detail, MAX_ID)}`;
    if (decision.hint !== undefined) line += `,"hint":${jsonString(decision.hint, MAX_HINT)}`;
  }
  if (caller) {
    line += `,"account_id":${jsonString(caller.account.id, MAX_ID)},"credential_id":${jsonString(caller.credential.id, MAX_ID)}`;
    line += `,"user_id":${jsonString(caller.userId, MAX_ID)}`;
    if (caller.kid !== undefined) line += `,"kid":${jsonString(caller.kid, MAX_ID)}`;
  } else if (tokenWithoutCaller) {
    line += `,"account_id":${jsonString(tokenWithoutCaller.accountId, MAX_ID)},"credential_id":${jsonString(tokenWithoutCaller.credentialId, MAX_ID)}`;
    line += `,"user_id":${jsonString(tokenWithoutCaller.userId, MAX_ID)}`;
    if (tokenWithoutCaller.kid !== undefined) line += `,"kid":${jsonString(tokenWithoutCaller.kid, MAX_ID)}`;
  }
  if (binding) {
    line += `,"namespace":${jsonString(binding.namespace.id, MAX_ID)},"binding":"${binding.matchedBy}"`;
    if (binding.route) line += `,"route":${jsonString(binding.route.id, MAX_ID)}`;
    else if (binding.policies)
      line += `,"policies":[${binding.policies.map((id) => jsonString(id, MAX_ID)).join(',')}]`;
  }
  if (policy) line += `,"policy":${jsonString(policy.id, MAX_ID)}`;
  if (shadow)
    line += `,"shadow":{"outcome":"${shadow.outcome}","reason":${reasonsOf(shadow.reasons)}${shadow.policy ? `,"policy":${jsonString(shadow.policy.id, MAX_ID)}` : ''}}`;
  if (scheme !== undefined) line += `,"scheme":"${scheme}"`;
  line += `,"request_id":${jsonString(request.id, MAX_ID)},"method":${jsonString(request.method, MAX_METHOD)}`;
  line += `,"host":${jsonString(request.host, MAX_HOST)},"path":${jsonString(withoutQuery(request.path), MAX_PATH)}`;
  if (ip !== undefined) line += `,"ip":${jsonString(ip, MAX_IP)}`;
  return `${line},"revision":${decision.revision},"duration_us":${Math.round(durationMs * 1000)}}`;
}

/** The deciding reason, then all of them where there are more. */
function reasonsOf(reasons: readonly string[]): string {
  const first = jsonString(reasons[0] ?? '', MAX_ID);
  return reasons.length < 2
    ? first
    : `${first},"reasons":[${reasons.map((reason) => jsonString(reason, MAX_ID)).join(',')}]`;
}

function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

let lastTime = 0;
let lastText = '';

/** RFC 3339, made once a millisecond. */
function timeOf(now: number): string {
  if (now !== lastTime) [lastTime, lastText] = [now, new Date(now).toISOString()];
  return lastText;
}
