import type { Decision } from '../check/decision.ts';
import type { FlatStruct } from './response-messages.ts';

/** The last field, so that `OkAnswer` finds it. */
const REVISION = 'revision';

/**
 * A decision for Envoy's access logs and later filters, under `envoy.filters.http.ext_authz`. In observe `verdict` is what
 * would have been decided.
 */
export function describeDecision(decision: Decision): FlatStruct {
  const { binding, policy, reasons, verdict, enforcement } = decision;
  // A later filter may trust the name, so it is set only if the credential counted.
  const counts = decision.verdict === 'deny' || decision.authenticated;
  const caller = counts ? decision.caller : undefined;
  const token = counts ? decision.tokenWithoutCaller : undefined;
  const texts = {
    account: caller?.account.id ?? token?.accountId,
    credential: caller?.credential.id ?? token?.credentialId,
    kid: caller?.kid ?? token?.kid,
    user: caller?.userId ?? token?.userId,
    namespace: binding?.namespace.id,
    route: binding?.route?.id,
    policy: policy?.id,
    reason: reasons[0],
    verdict,
    enforcement,
  };
  const fields: Record<string, { stringValue: string } | { numberValue: number }> = {};
  for (const [key, text] of Object.entries(texts))
    if (text !== undefined) fields[key] = { stringValue: text };
  fields[REVISION] = { numberValue: decision.revision };
  return { fields };
}
