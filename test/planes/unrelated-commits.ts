import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { AttackResult } from './attack-plan.ts';

const PACE = 100;

/**
 * Commits about a group that no route and no policy has to do with, ten a second, as any process of the machine may. Not over the
 * admin API, which may be slowed by the attack: every commit has every other process follow.
 */
export async function makeUnrelatedCommits(folder: string, lasts: number): Promise<AttackResult> {
  const store = await openEmbeddedStore({ path: join(folder, 'store', 'store') });
  const began = performance.now();
  let committed = 0;
  try {
    while (performance.now() - began < lasts) {
      const { revision } = await store.position();
      const group = { id: 'unrelated', name: `Name ${committed}` };
      const result = await store.commit(revision, [
        { key: { kind: 'directory_group', id: group.id }, value: group },
      ]);
      if ('committed' in result) committed += 1;
      await delay(PACE);
    }
  } finally {
    await store.close();
  }
  return { answers: { committed }, took: performance.now() - began };
}
