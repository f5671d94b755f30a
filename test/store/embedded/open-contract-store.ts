import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../../src/store/port.ts';
import type { OpenContractStore } from '../store-contract.ts';

/** An embedded store in a folder of its own, with a small map so that it also grows. */
export const openContractStore: OpenContractStore = async (options = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-store-'));
  const path = join(folder, 'store');
  let handles: Store[] = [];
  const open = async () => {
    const store = await openEmbeddedStore({ path, mapSize: 1 << 20, ...options });
    handles.push(store);
    return store;
  };
  const close = async () => {
    const closing = handles;
    handles = [];
    await Promise.all(closing.map((store) => store.close()));
  };
  return {
    store: await open(),
    second: open,
    async reopen() {
      await close();
      return open();
    },
    async destroy() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
};
