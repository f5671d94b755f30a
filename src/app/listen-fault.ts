import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Address, formatAddress } from '../sockets/address.ts';
import { SocketUnavailable } from '../sockets/unix-socket.ts';

/** An address and the setting that names it. */
interface NamedAddress {
  readonly setting: string;
  readonly address: Address;
}

/** Listens. Rejects with an error that names the setting and the remedy. */
export async function listenAs<T>(named: readonly NamedAddress[], listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const problem = describe(error, named);
    throw problem === undefined ? error : new Error(problem, { cause: error });
  }
}

function describe(error: unknown, named: readonly NamedAddress[]): string | undefined {
  const text = error instanceof Error ? error.message : '';
  // Errors of grpc-js have the code only in their message.
  const code = /\b(EADDRINUSE|EADDRNOTAVAIL|EACCES)\b/.exec(text)?.[1];
  const at = named.find(({ address }) => text.includes(formatAddress(address))) ?? named[0];
  if (!at) return undefined;
  const { setting, address } = at;
  const place = `${setting}: ${formatAddress(address)}`;
  const other = `set ${setting} to another address`;
  if (error instanceof SocketUnavailable) return `${setting}: ${text}; ${other}`;
  if (code === undefined) return undefined;
  if (code === 'EADDRNOTAVAIL') return `${place} is no address of this machine: ${other}`;
  if (code === 'EACCES') return `${place} may not be used by this user: ${other}, a port from 1024 on`;
  const owner = address.kind === 'tcp' ? findListener(address.port) : undefined;
  const taken = owner ? `process ${owner.pid} (${owner.name})` : 'another program';
  return `${place} is taken by ${taken}: end that, or ${other}`;
}

/** A process of this machine. */
interface FoundProcess {
  readonly pid: number;
  readonly name: string;
}

/** In `/proc/net/tcp`; see proc(5). */
const LISTENING = '0A';

/** The process that listens on a TCP port of this machine. Known on Linux only, and only to its user and root. */
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
