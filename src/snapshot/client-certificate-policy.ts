import { compilePolicy } from '../policy/compile-policy.ts';
import type { LoadedPolicy } from '../policy/evaluate-policies.ts';
import { Policy } from '../policy/policy-schema.ts';

const policy = Policy.parse({
  id: 'built-in.client-certificate',
  namespace: 'global',
  name: 'Client certificates',
  description:
    'Built in: holds for every request if client_ca is configured and client_certificates is required.',
  enforced: true,
  explanation: 'A client certificate from a trusted CA is needed here.',
  remediation:
    'Present a client certificate that one of the trusted CAs has signed and that has not expired.',
  ppl: { deny: { or: [{ invalid_client_certificate: true }] } },
});

/**
 * Refuses a request without a valid client certificate. Pomerium adds the same rule to the policy of each route if a CA
 * is configured (`downstream_mtls.enforcement: policy_with_default_deny`, its default).
 */
export const CLIENT_CERTIFICATE_POLICY: LoadedPolicy = { policy, compiled: compilePolicy(policy.ppl) };
