import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { AttackResult } from './attack-plan.ts';

const PACE = 100;

/**
 * Commits about a policy that no route names, ten a second, as any process of the machine may: each makes a new snapshot. Not over
 * the admin API, which may be slowed by the attack.
 */
export async function makeUnrelatedCommits(folder: string, lasts: number): Promise<AttackResult> {
  const store = await openEmbeddedStore({ path: join(folder, 'store', 'store') });
  const began = performance.now();
  let committed = 0;
  try {
    while (performance.now() - began < lasts) {
      const { revision } = await store.position();
      const policy = {
        ...{ id: 'unrelated', namespace: 'global', name: `Name ${committed}`, description: '' },
        ...{ enforced: false, mode: 'enforce', ppl: { allow: { or: [{ accept: true }] } } },
      };
      const result = await store.commit(revision, [
        { key: { kind: 'policy', id: policy.id }, value: policy },
      ]);
      if ('committed' in result) committed += 1;
      await delay(PACE);
    }
  } finally {
    await store.close();
  }
  return { answers: { committed }, took: performance.now() - began };
}
