import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Bytes to look for, by what they are. */
export type Needles = ReadonlyMap<string, Buffer>;

export interface MemoryScan {
  /** Which needles are there. */
  readonly found: readonly string[];
  /** How many bytes were looked through. */
  readonly scanned: number;
}

const CHUNK = 2 ** 20;
const PAGE = 4096;
/** `7f12a000-7f12b000 rw-p 00000000 00:00 0   [heap]`; proc(5). */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/;

/** Looks through all memory of a process that can be read: heaps, stacks, buffers of libraries, and what is no longer used. */
export function scanMemory(pid: number, needles: Needles): MemoryScan {
  const found = new Set<string>();
  const longest = Math.max(...[...needles.values()].map(({ length }) => length));
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  let scanned = 0;
  try {
    for (const { start, end } of readableMappings(pid)) {
      // What one read ends with may go on in the next.
      let kept = Buffer.alloc(0);
      for (let at = start; at < end; ) {
        const chunk = Buffer.alloc(Math.min(CHUNK, Number(end - at)));
        const length = readAt(memory, chunk, at);
        if (length === 0) {
          // A page that is not there, such as those of a file that lie past its end.
          kept = Buffer.alloc(0);
          at += BigInt(PAGE);
          continue;
        }
        const bytes = Buffer.concat([kept, chunk.subarray(0, length)]);
        for (const [name, needle] of needles) if (bytes.includes(needle)) found.add(name);
        kept = bytes.subarray(-(longest - 1));
        scanned += length;
        at += BigInt(length);
      }
    }
  } finally {
    closeSync(memory);
  }
  return { found: [...found].sort(), scanned };
}

function readAt(file: number, into: Buffer, at: bigint): number {
  try {
    return readSync(file, into, 0, into.length, at);
  } catch {
    return 0;
  }
}

/** Without the files that the store maps: they are read where they are, and hold no memory of the process. */
function* readableMappings(pid: number): Generator<{ start: bigint; end: bigint }> {
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, start, end, name = ''] = MAPPING.exec(line) ?? [];
    if (start === undefined || end === undefined || /^\[v|\.mdb$/.test(name)) continue;
    yield { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) };
  }
}
