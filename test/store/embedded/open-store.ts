// Has a store open until its standard input ends: `open-store.ts PATH`.
import { once } from 'node:events';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';

const [path = ''] = process.argv.slice(2);
const store = await openEmbeddedStore({ path });
process.stdout.write(`${process.pid} opened\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await store.close();
