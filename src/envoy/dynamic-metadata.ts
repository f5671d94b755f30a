import type { Decision } from '../check/decision.ts';
import type { StructOfText } from './response-messages.ts';

/**
 * What Envoy's access logs and later filters may know of a decision, under `envoy.filters.http.ext_authz`. In observe
 * `verdict` is what would have been decided.
 */
export function describeDecision(decision: Decision): StructOfText {
  const { binding, policy, reasons, verdict, enforcement } = decision;
  // A later filter may go by the name that it finds here: only one that counted may stand in it.
  const caller = decision.verdict === 'allow' && !decision.authenticated ? undefined : decision.caller;
  const texts = {
    account: caller?.account.id,
    user: caller?.userId,
    namespace: binding?.namespace.id,
    route: binding?.route?.id,
    policy: policy?.id,
    reason: reasons[0],
    verdict,
    enforcement,
  };
  const fields: Record<string, { stringValue: string }> = {};
  for (const [key, text] of Object.entries(texts))
    if (text !== undefined) fields[key] = { stringValue: text };
  return { fields };
}
