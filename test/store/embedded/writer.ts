import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';

/**
 * A process that commits to the store in the folder of its first argument until it is killed, or as many times as its
 * second says, each time a route and a policy of one id. It tells its parent each id after the commit was acknowledged.
 */
const [, , path, count] = process.argv;
if (path === undefined || !process.send) throw new Error('to be forked with the path of a store');
const store = await openEmbeddedStore({ path });
const tell = (id: string) => new Promise((resolve) => process.send?.(id, resolve));

for (let n = 0; count === undefined || n < Number(count); n++) {
  const id = `${process.pid}-${n}`;
  const value = { id, filler: 'x'.repeat((n * 997) % 9000) };
  const write = async (): Promise<void> => {
    const { revision } = await store.position();
    const result = await store.commit(revision, [
      { key: { kind: 'route', id }, value },
      { key: { kind: 'policy', id }, value },
    ]);
    if ('conflict' in result) await write();
  };
  await write();
  await tell(id);
}
await store.close();
process.disconnect();
