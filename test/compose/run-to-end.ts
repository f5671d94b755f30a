import { spawnSync } from 'node:child_process';
import { childEnvironment } from '../support/child.ts';

interface Options {
  readonly cwd?: string;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on standard input. */
  readonly input?: string;
}

/** Runs a program and returns what it printed on standard output. Throws with its messages where it fails. */
export function runToEnd([program = '', ...args]: readonly string[], options: Options = {}): string {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    timeout: 300_000,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
    env: { ...childEnvironment(), ...options.env },
  });
  if (error) throw error;
  if (status === 0) return stdout;
  const printed = `${stdout}\n${stderr}`.trim().slice(-4000);
  throw new Error(`${[program, ...args].join(' ')} ended with ${status ?? signal}\n${printed}`);
}

/** Whether a program can be run and succeeds. */
export function succeeds(command: readonly string[]): boolean {
  try {
    runToEnd(command);
    return true;
  } catch {
    return false;
  }
}
