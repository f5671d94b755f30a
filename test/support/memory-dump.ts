import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.ts';

/** A dump of a busy process on a busy machine, in milliseconds. */
const TIMEOUT = 120_000;

/** What a process has in memory: nothing that is only garbage. */
export interface MemoryDump {
  /** Every string of its heap, one a line, in UTF-8. */
  readonly strings: Buffer;
  /** The bytes of every buffer, one after the other. */
  readonly buffers: Buffer;
}

/** Takes dumps of processes that were started with its `launcher`. */
export interface MemoryDumps {
  /** Goes before the command of a process that runs Node. */
  readonly launcher: readonly string[];
  take(pid: number): Promise<MemoryDump>;
}

/** @param folder where dumps are for a moment; made where it is not there */
export function memoryDumpsIn(folder: string): MemoryDumps {
  mkdirSync(folder, { recursive: true });
  const script = fileURLToPath(new URL('../e2e/dump-memory.js', import.meta.url));
  const taken = new Map<number, number>();
  return {
    launcher: ['env', `NODE_OPTIONS=--import=${script}`, `MEMORY_DUMP_FOLDER=${folder}`],
    async take(pid) {
      const number = (taken.get(pid) ?? 0) + 1;
      taken.set(pid, number);
      process.kill(pid, 'SIGUSR2');
      const path = join(folder, `${pid}-${number}`);
      await waitUntil('a dump of memory', () => existsSync(`${path}.strings`), { timeout: TIMEOUT });
      const dump = {
        strings: readStrings(readFileSync(`${path}.strings`)),
        buffers: readFileSync(`${path}.buffers`),
      };
      for (const kind of ['strings', 'buffers']) rmSync(`${path}.${kind}`);
      return dump;
    },
  };
}

/** The last table of a heap snapshot is JSON by itself, and large numbers of numbers are before it. */
function readStrings(snapshot: Buffer): Buffer {
  const start = snapshot.lastIndexOf('\n"strings":[');
  if (start === -1) throw new Error('the heap snapshot has no table of strings');
  const table: { strings: string[] } = JSON.parse(`{${snapshot.subarray(start).toString('utf8')}`);
  return Buffer.from(table.strings.join('\n'));
}
