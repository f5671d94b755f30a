import { LRUCache } from 'lru-cache';
import type { AccountId } from '../accounts/account-id.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Decision } from '../check/decision.ts';
import { credentialHeadersToRemove } from '../credentials/credential-headers.ts';
import type { Assertion } from '../tokens/assertion.ts';
import {
  checkClaimHeaders,
  fillClaimHeaders,
  fitClaimHeaders,
  type IdentitySettings,
} from './claim-headers.ts';
import type { EnvoyCheckRequest } from './decode-check-request.ts';
import { describeDecision } from './dynamic-metadata.ts';
import { ASSERTION_HEADER, ForgedHeaders, headerBytes, NEVER_FORWARDED } from './identity-headers.ts';
import { OkAnswer } from './ok-answer.ts';
import { overwriteHeader } from './response-messages.ts';

/** A claim, or one value of it, that the upstream does not get. */
export interface OmittedClaim {
  readonly header: string;
  /** `value`: no header can carry it; `size`: `maxHeaderBytes` leaves no room for the header. */
  readonly why: 'value' | 'size';
  readonly accountId: AccountId;
}

export interface OkSettings extends IdentitySettings {
  /** Called for each, when an answer is made (not each time it is sent). */
  readonly onClaimOmitted: (omitted: OmittedClaim) => void;
  /** Assertions (or, without one, routes) whose answers are kept. Default 8,000. */
  readonly answersKept?: number;
}

/** The content of an OK. Holds ids instead of objects, so that no old snapshot stays in memory. */
interface KeptAnswer {
  readonly caller: Caller | undefined;
  readonly tokenWithoutCaller: Decision['tokenWithoutCaller'];
  readonly assertion: Assertion | undefined;
  readonly authenticated: boolean;
  readonly reason: string | undefined;
  readonly verdict: Decision['verdict'];
  readonly enforcement: Decision['enforcement'];
  readonly policyId: string | undefined;
  readonly routeId: string | undefined;
  readonly namespaceId: string | undefined;
  readonly answer: OkAnswer;
}

/** About a kilobyte each. */
const ANSWERS_KEPT = 8_000;
/** One assertion serves few routes: more answers than these for it are made anew each time. */
const KEPT_FOR_ONE = 8;

/**
 * Encodes answers to allowed requests, and in observe to all. Envoy removes headers after it sets them, so a name is never in
 * both lists.
 */
export class OkEncoder {
  readonly #settings: OkSettings;
  readonly #forged: ForgedHeaders;
  readonly #kept: LRUCache<string, KeptAnswer[]>;

  constructor(settings: OkSettings) {
    checkClaimHeaders(settings.claimHeaders);
    this.#settings = settings;
    this.#forged = new ForgedHeaders(settings.claimHeaders.map(({ header }) => header));
    this.#kept = new LRUCache({ max: settings.answersKept ?? ANSWERS_KEPT });
  }

  encode(decision: Decision, request: EnvoyCheckRequest): Buffer {
    const { headers } = request;
    return this.#answer(decision).bytes(
      credentialHeadersToRemove(headers, decision.scheme),
      this.#forged.find(headers.everyName),
      decision.revision,
    );
  }

  #answer(decision: Decision): OkAnswer {
    const { binding } = decision;
    const key = assertionOf(decision)?.jwt ?? binding?.route?.id ?? binding?.namespace.id ?? '';
    const kept = this.#kept.get(key);
    if (kept) for (const one of kept) if (saysTheSame(one, decision)) return one.answer;
    const made = keep(decision, this.#make(decision));
    if (kept) {
      if (kept.length >= KEPT_FOR_ONE) kept.shift();
      kept.push(made);
    } else this.#kept.set(key, [made]);
    return made.answer;
  }

  #make(decision: Decision): OkAnswer {
    const set = this.#headersToSet(decision);
    const removed = [
      ASSERTION_HEADER,
      ...NEVER_FORWARDED,
      ...this.#settings.claimHeaders.map(({ header }) => header),
    ];
    return new OkAnswer(
      {
        headers: [...set].map(([name, value]) => overwriteHeader(name, value)),
        headersToRemove: removed.filter((name) => !set.has(name)),
      },
      { status: { code: 0 }, dynamicMetadata: describeDecision(decision) },
      decision.revision,
    );
  }

  /** In observe nothing vouches for the caller. */
  #headersToSet(decision: Decision): ReadonlyMap<string, string> {
    const set = new Map<string, string>();
    if (decision.verdict === 'deny' || decision.enforcement === 'observe') return set;
    const { assertion, caller } = decision;
    if (assertion) set.set(ASSERTION_HEADER, assertion.jwt);
    if (!caller || !decision.authenticated) return set;
    const accountId = caller.account.id;
    const { onClaimOmitted, maxHeaderBytes } = this.#settings;
    const filled = fillClaimHeaders(caller, this.#settings, (header) =>
      onClaimOmitted({ header, why: 'value', accountId }),
    );
    const room = maxHeaderBytes - (assertion ? headerBytes(ASSERTION_HEADER, assertion.jwt) : 0);
    const { sent, leftOut } = fitClaimHeaders(filled, room, (assertion?.groupsLeftOut ?? 0) === 0);
    for (const { header, value } of sent) set.set(header, value);
    for (const { header } of leftOut) onClaimOmitted({ header, why: 'size', accountId });
    return set;
  }
}

function assertionOf(decision: Decision): Assertion | undefined {
  return decision.verdict === 'allow' ? decision.assertion : undefined;
}

function isAuthenticated(decision: Decision): boolean {
  return decision.verdict === 'allow' && decision.authenticated;
}

function keep(decision: Decision, answer: OkAnswer): KeptAnswer {
  const { caller, tokenWithoutCaller, verdict, enforcement, policy, binding } = decision;
  return {
    caller,
    tokenWithoutCaller,
    assertion: assertionOf(decision),
    authenticated: isAuthenticated(decision),
    reason: decision.reasons[0],
    verdict,
    enforcement,
    policyId: policy?.id,
    routeId: binding?.route?.id,
    namespaceId: binding?.namespace.id,
    answer,
  };
}

function saysTheSame(kept: KeptAnswer, decision: Decision): boolean {
  return (
    kept.caller === decision.caller &&
    kept.tokenWithoutCaller === decision.tokenWithoutCaller &&
    kept.assertion === assertionOf(decision) &&
    kept.authenticated === isAuthenticated(decision) &&
    kept.reason === decision.reasons[0] &&
    kept.verdict === decision.verdict &&
    kept.enforcement === decision.enforcement &&
    kept.policyId === decision.policy?.id &&
    kept.routeId === decision.binding?.route?.id &&
    kept.namespaceId === decision.binding?.namespace.id
  );
}
