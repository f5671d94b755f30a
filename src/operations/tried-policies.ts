import { OperationError } from '../contract/operation-error.ts';
import type { TriedSnapshots } from '../explain/try-policies.ts';
import { parseResources, type ResourceFile } from '../manifests/parse-resources.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { PolicyId } from '../policy/policy-id.ts';
import { type Policy, Policy as PolicySchema } from '../policy/policy-schema.ts';
import { buildSnapshotInSlices, type Snapshot } from '../snapshot/snapshot.ts';
import type { StoreContents } from '../store/port.ts';
import { parseRecord } from '../store/record.ts';

/**
 * The policies of a file: resources, or one PPL document that takes the place of the stored policy `id`.
 * @param id for a document alone, which has none
 */
export function readTriedPolicies(
  source: ResourceFile,
  id: string | undefined,
  stored: StoreContents,
): Policy[] {
  if (id === undefined) return parseTriedPolicies(source);
  const record = stored.records.find((each) => each.kind === 'policy' && each.id === id);
  if (record === undefined || PolicyId.parse(id) === undefined) throw noPolicyToReplace(id, source);
  return [PolicySchema.parse({ ...parseRecord('policy', record), ppl: source.text })];
}

/** Those of a file of resources. Throws `ResourceError` and `OperationError`. */
export function parseTriedPolicies(source: ResourceFile): Policy[] {
  const policies = parseResources([source]).flatMap(({ kind, spec }) => (kind === 'Policy' ? [spec] : []));
  if (policies.length > 0) return policies;
  throw new OperationError(
    'unprocessable',
    `${source.file}: expected resources of which one is a Policy; for PPL alone, say --id ID`,
  );
}

export function noPolicyToReplace(id: string, { file }: ResourceFile): OperationError {
  return new OperationError('unprocessable', `there is no policy ${id} whose place ${file} could take`);
}

/** Decisions do not say what was presented, so that certificates are unknown here rather than required. */
const SETTINGS = { verifiesClientCertificates: true };

/**
 * The snapshots with and without the policies, put together in slices. Rejects with `PolicyError` where one of them does
 * not load.
 * @param known whose compiled policies are used where they are still the same
 */
export async function snapshotTried(
  stored: StoreContents,
  policies: readonly Policy[],
  known?: Snapshot,
): Promise<TriedSnapshots> {
  for (const { ppl } of policies) compilePolicy(ppl);
  const changed = new Set<string>(policies.map(({ id }) => id));
  const records = stored.records.filter(({ kind, id }) => kind !== 'policy' || !changed.has(id));
  // No commit has this revision, so that of what is compiled already these are not.
  const tried = policies.map((policy) => ({
    kind: 'policy' as const,
    id: policy.id,
    revision: 0,
    value: policy,
  }));
  const before = await buildSnapshotInSlices(stored, SETTINGS, known && withoutFaults(known));
  const after = await buildSnapshotInSlices({ ...stored, records: [...records, ...tried] }, SETTINGS, before);
  return { before, after, changed };
}

/** Whether a policy can be used depends on settings, which are others here. */
function withoutFaults(snapshot: Snapshot): Snapshot {
  const usable = [...snapshot.loaded.policies].filter(([, { result }]) => !('fault' in result));
  return { ...snapshot, loaded: { ...snapshot.loaded, policies: new Map(usable) } };
}
