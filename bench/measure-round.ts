import { readFileSync } from 'node:fs';
import { toolPath } from '../test/support/install-tools.ts';
import { runProgram } from '../test/support/program.ts';

/** `USER_HZ`, which Linux has fixed for what it shows of processes. */
const TICKS_A_SECOND = 100;

export interface Round {
  /** Microseconds of CPU that the server's process took for each call: user and system, all threads. */
  readonly cpuPerCall: number;
  readonly callsPerSecond: number;
}

export interface Load {
  readonly port: number;
  readonly pid: number;
  /** A file that holds one gRPC message with its prefix. */
  readonly frameFile: string;
  readonly calls: number;
  /** What h2load is started with: `taskset -c 1`. */
  readonly launcher: readonly string[];
}

/** Sends calls as fast as they are answered and says what each cost the server. Throws where one fails. */
export async function measureRound({ port, pid, frameFile, calls, launcher }: Load): Promise<Round> {
  const before = cpuTicks(pid);
  const { stdout, stderr } = await runProgram([
    ...[...launcher, toolPath('h2load'), '-n', String(calls), '-c', '2', '-m', '32', '-d', frameFile],
    ...['-H', 'content-type: application/grpc', '-H', 'te: trailers'],
    `http://127.0.0.1:${port}/envoy.service.auth.v3.Authorization/Check`,
  ]);
  const ticks = cpuTicks(pid) - before;
  const speed = /finished in [\d.]+m?s, ([\d.]+) req\/s/.exec(stdout)?.[1];
  if (speed === undefined || !stdout.includes(` ${calls} succeeded, 0 failed`))
    throw new Error(`h2load: ${stdout}${stderr}`);
  return { cpuPerCall: (ticks / TICKS_A_SECOND / calls) * 1e6, callsPerSecond: Number(speed) };
}

/** `utime` and `stime` of /proc/PID/stat; proc(5). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
