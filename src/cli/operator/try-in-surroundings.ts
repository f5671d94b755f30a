import { TrialCounts, type TrialDescription } from '../../explain/trial-counts.ts';
import { tryPolicies } from '../../explain/try-policies.ts';
import type { FindSubject } from '../../operations/recorded-callers.ts';
import { readTriedPolicies, snapshotTried } from '../../operations/tried-policies.ts';
import type { StoreSnapshot } from '../../store/port.ts';
import type { TryRequest } from './operator.ts';

/** Where the policies as they are come from. */
export interface Surroundings {
  readonly stored: StoreSnapshot;
  readonly subjects: FindSubject;
}

/** Judges recorded decisions here. */
export async function tryInSurroundings(
  { source, id, decisions, note }: TryRequest,
  { stored, subjects }: Surroundings,
): Promise<TrialDescription> {
  const policies = readTriedPolicies(source, id, stored);
  for (const policy of policies) if (policy.mode === 'shadow') note(inShadow(policy.id));
  const snapshots = await snapshotTried(stored, policies);
  const counts = new TrialCounts();
  for await (const recorded of decisions) {
    if (recorded === undefined) counts.addOther();
    else {
      const subject = recorded.account_id === undefined ? undefined : await subjects(recorded.account_id);
      counts.add(recorded, tryPolicies(snapshots, recorded, subject));
    }
  }
  return counts.describe();
}

export function inShadow(id: string): string {
  return `policy ${id} is in shadow mode, in which it decides nothing`;
}
