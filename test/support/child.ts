import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

/** A program that this process started, what it printed, and the way to end it. */
export interface Child {
  readonly pid: number;
  /** Standard output and error together, as far as they came. */
  output(): string;
  /** The exit code, -1 after a signal, or undefined while it runs. */
  exitCode(): number | undefined;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after `patience` milliseconds. Resolves when the process is gone; true where it went by itself. */
  stop(patience?: number): Promise<boolean>;
}

/** There is no such file. */
const NO_PROFILES = join(tmpdir(), `sallyport-no-profiles-${randomUUID()}.json`);

const running = new Map<ChildProcess, Child>();
// Where this process ends without having stopped them: nothing may be left behind.
process.once('exit', () => {
  for (const child of running.keys()) child.kill('SIGKILL');
});

export interface ChildOptions {
  /** Keep what it prints on standard output, or let it go. */
  readonly stdout?: 'keep' | 'discard';
}

/** Starts a program. */
export function startChild(command: readonly string[], { stdout = 'keep' }: ChildOptions = {}): Child {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: childEnvironment(),
    stdio: ['ignore', stdout === 'keep' ? 'pipe' : 'ignore', 'pipe'],
  });
  let output = '';
  let exitCode: number | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  child.once('error', (error) => {
    output += error.message;
    exitCode = -1;
  });
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  child.once('exit', (code) => {
    running.delete(child);
    exitCode = code ?? -1;
  });
  const started: Child = {
    pid: child.pid ?? -1,
    output: () => output,
    exitCode: () => exitCode,
    kill: (signal) => void child.kill(signal),
    async stop(patience = 5000) {
      child.kill('SIGTERM');
      let forced = false;
      const timer = setTimeout(() => {
        forced = true;
        child.kill('SIGKILL');
      }, patience);
      await closed;
      clearTimeout(timer);
      return !forced;
    },
  };
  running.set(child, started);
  return started;
}

/** Stops every program that this process started, and waits until they are gone. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...running.values()].map((child) => child.stop()));
}

/** This process's own, without what a test runner tells its children, and without settings meant for another sidecar. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_TEST_CONTEXT|NODE_OPTIONS|SALLYPORT_.*)$/.test(name),
  );
  // Nor the profiles of whoever runs this: what is started works on stores of its own.
  return { ...Object.fromEntries(ours), SALLYPORT_PROFILES: NO_PROFILES };
}

/** Waits until `ready` says yes. Throws with what the program printed where it ends first or takes too long. */
export async function waitUntilReady(
  name: string,
  child: Child,
  ready: () => Promise<boolean>,
): Promise<void> {
  try {
    await waitUntil(`${name} to be ready`, async () => {
      if (child.exitCode() !== undefined) throw new Error(`${name} ended with ${child.exitCode()}`);
      return await ready();
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${child.output().slice(-4000)}`);
  }
}

/** Whether a GET of `url` answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
