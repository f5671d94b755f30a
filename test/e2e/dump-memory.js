// Loaded into a process under test with `--import`: at SIGUSR2 it writes what it has in memory to MEMORY_DUMP_FOLDER.
// A heap snapshot alone would not do: it leaves out what buffers hold, and by default cuts strings at 1024 characters.
import { Buffer } from 'node:buffer';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';

setFlagsFromString('--heap-snapshot-string-limit=100000000');
const folder = process.env.MEMORY_DUMP_FOLDER ?? '.';
let dumps = 0;

process.on('SIGUSR2', () => {
  dumps += 1;
  const path = join(folder, `${process.pid}-${dumps}`);
  // Renamed when whole, for whoever waits for it.
  for (const [kind, write] of Object.entries({ buffers: writeBuffers, strings: writeHeapSnapshot })) {
    write(`${path}.part`);
    renameSync(`${path}.part`, `${path}.${kind}`);
  }
});

/** Every array buffer that something still refers to, one after the other. Collects garbage first. */
function writeBuffers(file) {
  const session = new Session();
  session.connect();
  const post = (method, parameters) => {
    let answer;
    session.post(method, parameters, (error, result) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  };
  globalThis.appendToMemoryDump = (buffers) => {
    rmSync(file, { force: true });
    for (const buffer of buffers) writeFileSync(file, Buffer.from(buffer), { flag: 'a' });
    return buffers.length;
  };
  const { result: prototype } = post('Runtime.evaluate', { expression: 'ArrayBuffer.prototype' });
  const { objects } = post('Runtime.queryObjects', { prototypeObjectId: prototype.objectId });
  const { result, exceptionDetails } = post('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: 'function () { return globalThis.appendToMemoryDump(this); }',
    returnByValue: true,
  });
  if (exceptionDetails || !(result.value > 0)) throw new Error('no buffer could be read');
  delete globalThis.appendToMemoryDump;
  session.disconnect();
}
