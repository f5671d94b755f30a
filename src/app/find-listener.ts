import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this machine. */
interface FoundProcess {
  readonly pid: number;
  readonly name: string;
}

/** In `/proc/net/tcp`; see proc(5). */
const LISTENING = '0A';

/** The process that listens on a TCP port of this machine, where the system tells (Linux; of another user only to root). */
export function findListener(port: number): FoundProcess | undefined {
  try {
    const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry) || !hasOneOf(entry, sockets)) continue;
      return { pid: Number(entry), name: readFileSync(`/proc/${entry}/comm`, 'utf8').trim() };
    }
  } catch {
    // Another system, or the process has ended meanwhile.
  }
  return undefined;
}

function listeningSockets(table: string, port: number): string[] {
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const isListening = state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
      return isListening ? [`socket:[${inode}]`] : [];
    });
}

function hasOneOf(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}
