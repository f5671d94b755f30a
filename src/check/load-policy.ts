import { z } from 'zod';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import type { KeptRecord } from './kept-records.ts';
import { messageOf } from './message-of.ts';
import type { LoadResult } from './policy-set.ts';

/** What a record of a policy came to. */
export interface LoadedPolicyRecord extends KeptRecord {
  readonly namespace: string;
  readonly enforced: boolean;
  readonly result: LoadResult;
}

export interface PictureSettings {
  /** Whether a CA is configured, without which a policy on client certificates can't be used. */
  readonly verifiesClientCertificates: boolean;
  /** Whether a request without a valid client certificate is refused whatever the policies say. */
  readonly requiresClientCertificates?: boolean;
  /** `serve.namespaces`; undefined for all. */
  readonly namespaces?: readonly string[] | undefined;
}

/** A policy that can't be used is a fault of what it judges, and throws nothing. */
export function loadPolicy(record: StoredRecord, settings: PictureSettings): LoadedPolicyRecord {
  const { revision } = record;
  try {
    const policy = parseRecord('policy', record);
    return {
      revision,
      namespace: policy.namespace,
      enforced: policy.enforced,
      result: compile(policy, settings),
    };
  } catch (error) {
    return {
      revision,
      ...salvageReach(record.value),
      result: { fault: `policy ${record.id}: ${messageOf(error)}` },
    };
  }
}

function compile(policy: Policy, settings: PictureSettings): LoadResult {
  const { mode } = policy;
  try {
    const compiled = compilePolicy(policy.ppl);
    if (compiled.uses.clientCertificate && !settings.verifiesClientCertificates)
      return {
        mode,
        fault: `policy ${policy.id} looks at client certificates, and no client_ca is configured`,
      };
    // The text takes less memory than the value, and says the same to whoever explains it.
    return { policy: { ...policy, ppl: textOf(policy.ppl) }, compiled };
  } catch (error) {
    return { mode, fault: `policy ${policy.id}: ${messageOf(error)}` };
  }
}

/** Copied, so that it is one piece of memory and not the many that it was put together from. */
function textOf(ppl: Policy['ppl']): string {
  return Buffer.from(typeof ppl === 'string' ? ppl : JSON.stringify(ppl)).toString();
}

/** Where a damaged policy would hold, as far as that can still be told; else everywhere, to be safe. */
function salvageReach(value: unknown): { namespace: string; enforced: boolean } {
  const reach = z.object({ namespace: z.string(), enforced: z.boolean() }).safeParse(value);
  return reach.success ? reach.data : { namespace: GLOBAL, enforced: true };
}
