import { z } from 'zod';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Policy } from '../policy/policy-schema.ts';
import type { PolicyTextReader, ReadText } from '../policy/policy-text-reader.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import { messageOf } from '../text/message-of.ts';
import type { LoadedRecord } from './load-records.ts';
import type { LoadResult } from './policy-set.ts';

export interface LoadedPolicyRecord extends LoadedRecord {
  readonly namespace: string;
  readonly enforced: boolean;
  readonly result: LoadResult;
}

export interface SnapshotSettings {
  /** Whether a CA is configured. Without one, a policy that uses client certificates is a fault. */
  readonly verifiesClientCertificates: boolean;
  /** Whether every request needs a valid client certificate. */
  readonly requiresClientCertificates?: boolean;
  /** `serve.namespaces`. Undefined for all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Reads long texts on another thread. Absent to read them on this one. */
  readonly textReader?: PolicyTextReader;
}

/** Characters of YAML that are read on this thread, in a few milliseconds. */
const SHORT_TEXT = 500;

/** Loads a policy without blocking Checks: reads a long text on another thread, and then returns a promise. */
export function loadPolicyOffThread(
  record: StoredRecord,
  settings: SnapshotSettings,
): LoadedPolicyRecord | Promise<LoadedPolicyRecord> {
  const { textReader } = settings;
  const text = TextPolicy.safeParse(record.value).data?.ppl;
  if (!textReader || text === undefined || text.length <= SHORT_TEXT) return loadPolicy(record, settings);
  return textReader.read(text).then(
    (read) => loadPolicy(record, settings, read),
    // If the thread fails, read the text here.
    () => loadPolicy(record, settings),
  );
}

const TextPolicy = z.object({ ppl: z.string() });
const Reach = z.object({ namespace: z.string(), enforced: z.boolean() });

/** Never throws. Requests to which an invalid policy applies fail. */
export function loadPolicy(
  record: StoredRecord,
  settings: SnapshotSettings,
  read?: ReadText,
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

function compile(policy: Policy, settings: SnapshotSettings, read: ReadText = {}): LoadResult {
  const { mode } = policy;
  if (read.problem !== undefined) return { mode, fault: `policy ${policy.id}: ${read.problem}` };
  try {
    const compiled = compilePolicy(read.canonical ?? policy.ppl);
    if (compiled.uses.clientCertificate && !settings.verifiesClientCertificates)
      return {
        mode,
        fault: `policy ${policy.id} uses client certificates, and no client_ca is configured`,
      };
    // The text takes less memory than the value, and explain can read either.
    return { policy: { ...policy, ppl: textOf(policy.ppl) }, compiled };
  } catch (error) {
    return { mode, fault: `policy ${policy.id}: ${messageOf(error)}` };
  }
}

/** Copies the text, so that V8 does not keep the strings that it was concatenated from. */
function textOf(ppl: Policy['ppl']): string {
  return Buffer.from(typeof ppl === 'string' ? ppl : JSON.stringify(ppl)).toString();
}

/** Where an invalid policy would apply. Everywhere if that is unreadable, to be safe. */
function salvageReach(value: unknown): { namespace: string; enforced: boolean } {
  return Reach.safeParse(value).data ?? { namespace: GLOBAL, enforced: true };
}
