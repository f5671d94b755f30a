import { z } from 'zod';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Policy } from '../policy/policy-schema.ts';
import type { PolicyTextReader, ReadText } from '../policy/policy-text-reader.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import { messageOf } from '../text/message-of.ts';
import type { KeptRecord } from './load-records.ts';
import type { LoadResult } from './policy-set.ts';

/** What a record of a policy came to. */
export interface LoadedPolicyRecord extends KeptRecord {
  readonly namespace: string;
  readonly enforced: boolean;
  readonly result: LoadResult;
}

export interface SnapshotSettings {
  /** Whether a CA is configured, without which a policy on client certificates can't be used. */
  readonly verifiesClientCertificates: boolean;
  /** Whether a request without a valid client certificate is refused whatever the policies say. */
  readonly requiresClientCertificates?: boolean;
  /** `serve.namespaces`; undefined for all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Reads long texts elsewhere; absent to read them here. */
  readonly textReader?: PolicyTextReader;
}

/** Characters of YAML that are read here: some milliseconds. */
const SHORT_TEXT = 500;

/** The same, where Checks wait meanwhile: a promise if the policy is a long text, which is read on another thread. */
export function loadPolicyAside(
  record: StoredRecord,
  settings: SnapshotSettings,
): LoadedPolicyRecord | Promise<LoadedPolicyRecord> {
  const { textReader } = settings;
  const text = TextPolicy.safeParse(record.value).data?.ppl;
  if (!textReader || text === undefined || text.length <= SHORT_TEXT) return loadPolicy(record, settings);
  return textReader.read(text).then(
    (read) => loadPolicy(record, settings, read),
    // Late is better than not at all.
    () => loadPolicy(record, settings),
  );
}

const TextPolicy = z.object({ ppl: z.string() });

/** A policy that can't be used is a fault of what it applies to, and throws nothing. */
export function loadPolicy(
  record: StoredRecord,
  settings: SnapshotSettings,
  read?: Omit<ReadText, 'id'>,
): LoadedPolicyRecord {
  const { revision } = record;
  try {
    const policy = parseRecord('policy', record);
    return {
      revision,
      namespace: policy.namespace,
      enforced: policy.enforced,
      result: compile(policy, settings, read),
    };
  } catch (error) {
    return {
      revision,
      ...salvageReach(record.value),
      result: { fault: `policy ${record.id}: ${messageOf(error)}` },
    };
  }
}

function compile(policy: Policy, settings: SnapshotSettings, read: Omit<ReadText, 'id'> = {}): LoadResult {
  const { mode } = policy;
  if (read.problem !== undefined) return { mode, fault: `policy ${policy.id}: ${read.problem}` };
  try {
    const compiled = compilePolicy(read.canonical ?? policy.ppl);
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
