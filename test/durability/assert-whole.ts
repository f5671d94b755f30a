import assert from 'node:assert/strict';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';

/** Opens the store anew and asserts that it holds every commit up to its revision whole. Returns that revision. */
export async function assertWhole(path: string): Promise<number> {
  const store = await openEmbeddedStore({ path });
  try {
    const { revision } = await store.position();
    const rooms = await store.list('directory_group', { limit: 100 });
    const expected =
      revision === 0 ? [] : Array.from({ length: 5 }, () => ({ revision, name: `${revision}` }));
    assert.deepEqual(
      rooms.map((room) => ({ revision: room.revision, name: nameOf(room.value) })),
      expected,
    );
    const fillers = await store.list('policy', { limit: 1_000_000 });
    const numbers = fillers.map(({ id }) => Number(id.slice('filler-'.length))).sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from({ length: revision }, (_, index) => index + 1),
    );
    await store.snapshot();
    return revision;
  } finally {
    await store.close();
  }
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
}
