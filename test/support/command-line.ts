import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { openExplaining } from '../../src/app/open-explaining.ts';
import { makeCredentialKey, openIssuing } from '../../src/app/open-keys.ts';
import { createStore, openStore } from '../../src/app/open-store.ts';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { storeOf } from '../../src/store/drivers.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Standard input. */
  readonly input?: string | Uint8Array | (() => AsyncGenerator<Buffer>);
  readonly env?: NodeJS.ProcessEnv;
  /** Whether standard output and error are a terminal. */
  readonly terminal?: boolean;
  /** Milliseconds since the epoch; 2026-06-01 by default. */
  readonly clock?: () => number;
  /** Told of what is written to standard error, as it is written. */
  readonly onStderr?: (text: string) => void;
}

/** The command line on an embedded store in a folder of its own. */
export interface CommandLine {
  readonly folder: string;
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** What it printed as JSON; throws with its messages where it fails. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>;
}

/** 2026-06-01T00:00:00Z */
export const NOW = Date.UTC(2026, 5, 1);

export async function inFolder(use: (line: CommandLine) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  try {
    await use(commandLine(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function commandLine(folder: string): CommandLine {
  const run = async (args: readonly string[], options: RunOptions = {}): Promise<Outcome> => {
    const stdout = capture(options.terminal === true);
    const stderr = capture(options.terminal === true);
    const { onStderr } = options;
    if (onStderr) stderr.stream.on('data', (chunk: Buffer) => onStderr(chunk.toString()));
    const context = { ...createContext(folder, options), stdout: stdout.stream, stderr: stderr.stream };
    const code = await runCli(args, context, '0.0.0');
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  };
  return {
    folder,
    run,
    async json<T>(args: readonly string[], options: RunOptions = {}) {
      const { code, stdout, stderr } = await run([...args, '-o', 'json'], options);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
      const value: T = JSON.parse(stdout);
      return value;
    },
  };
}

export function createContext(
  folder: string,
  { input = '', env = {}, clock = () => NOW, terminal = false }: RunOptions = {},
): CliContext {
  return {
    env: { SALLYPORT_STORE__EMBEDDED__PATH: join(folder, 'store'), ...env },
    cwd: folder,
    stdin: Object.assign(Readable.from(typeof input === 'function' ? input() : [Buffer.from(input)]), {
      isTTY: terminal,
    }),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    // Most tests begin with an empty store, which the program itself makes with serve or store init.
    openStore: (config, access = 'write') => openStore(config, { access }),
    createStore,
    async openIssuing(config) {
      await makeCredentialKey(config);
      return openIssuing(config);
    },
    openExplaining,
    openBackup: (config) => storeOf(config).openBackup(Date.now()),
    restoreStore: (config, backup) => storeOf(config).restore(backup),
    openAcceptance: (config) => storeOf(config).openAcceptance(),
    openRepair: (config) => storeOf(config).openRepair(),
    serve: () => Promise.reject(new Error('not here')),
    uninterrupted: (work) => work(),
    clock,
    user: 'tester',
    host: 'here',
    serveAdmin: async () => undefined,
    controlPlane: () => Promise.reject(new Error('not here')),
    prepareStore: () => Promise.reject(new Error('not here')),
  };
}

function capture(isTTY: boolean): { stream: PassThrough; text(): string } {
  const stream = Object.assign(new PassThrough({ highWaterMark: 1 << 26 }), { isTTY });
  return { stream, text: () => String(stream.read() ?? '') };
}
