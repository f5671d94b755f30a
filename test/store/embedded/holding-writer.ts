// Another process in the middle of a write transaction of the records: `holding-writer.ts PATH`. It never ends by itself.
import { writeSync } from 'node:fs';
import { open } from 'lmdb';

const [path = ''] = process.argv.slice(2);
const db = open<string, Uint8Array>({ path, noSubdir: false, encoding: 'string', keyEncoding: 'binary' });
db.transactionSync(() => {
  writeSync(1, 'holds\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
