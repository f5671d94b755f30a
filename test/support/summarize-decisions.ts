import type { Decision } from '../../src/check/decision.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import type { Ask, World } from './check-world.ts';

/** All that an answer, an upstream or a log line could tell of a decision, but for when its records were written. */
function summarize(decision: Decision) {
  const { verdict, enforcement, reasons, policy, binding, caller, shadow } = decision;
  return JSON.stringify({
    verdict,
    enforcement,
    reasons,
    policy: policy?.id,
    shadow: shadow && { ...shadow, policy: shadow.policy?.id },
    caller: caller?.userId,
    bound: binding && [
      binding.matchedBy,
      binding.namespace.id,
      binding.route?.id,
      binding.audience,
      binding.policies,
    ],
    outcome:
      decision.verdict === 'allow'
        ? [decision.authenticated, decision.assertion]
        : [decision.refusal, decision.detail],
  });
}

/** What the engine itself says to each, as text that can be compared. */
export function summarizeDecisions(world: World, asks: readonly Ask[]): string[] {
  return asks.map((ask) => {
    try {
      return summarize(world.decide(ask));
    } catch (error) {
      if (error instanceof PolicyFault) return error.message;
      throw error;
    }
  });
}
