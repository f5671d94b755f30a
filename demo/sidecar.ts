import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answersOk, type Child, type ChildOptions, startChild, waitUntilReady } from './child.ts';
import { freePort } from './free-port.ts';
import { type ProgramResult, programCommand, runProgram } from './program.ts';

/** A `sallyport serve` with an embedded store in `folder`, on loopback and a Unix socket. */
export interface Sidecar {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly socket: string;
  readonly configFile: string;
  /** The process that runs now. */
  child(): Child;
  /** Starts it again, with the same ports, store and configuration. */
  restart(): Promise<void>;
  /** Runs `sallyport` with the same configuration. */
  cli(args: readonly string[], input?: string): Promise<ProgramResult>;
  /** The same, where it has to succeed: what it printed, as JSON. Throws with its messages where it fails. */
  cliJson<T>(args: readonly string[], input?: string): Promise<T>;
}

/** What `sa create --output json` prints. */
export interface CreatedCredential {
  readonly id: string;
  readonly credential_id: string;
  readonly user_id: string;
  readonly namespace: string;
  readonly expires_at: string | null;
  readonly jwt: string;
}

export interface SidecarOptions extends ChildOptions {
  /** Added to its configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A program, with its arguments, that starts it: `taskset -c 0`. */
  readonly launcher?: readonly string[];
}

/** Starts a sidecar and waits until it is ready. */
export async function startSidecar(folder: string, options: SidecarOptions = {}): Promise<Sidecar> {
  const grpcPort = await freePort();
  const httpPort = await freePort();
  const socket = join(folder, 'check.sock');
  const configFile = join(folder, 'sallyport.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    configFile,
    stringify({
      listen: [`127.0.0.1:${grpcPort}`, `unix:${socket}`],
      admin: { listen: `127.0.0.1:${httpPort}` },
      store: { embedded: { path: join(folder, 'store') } },
      issuer: 'https://sallyport.localhost',
      audience: 'mesh.localhost',
      ...options.settings,
    }),
  );
  const start = async () => {
    const child = startChild(
      [...(options.launcher ?? []), ...programCommand(), 'serve', '--config', configFile],
      options,
    );
    await waitUntilReady('sallyport serve', child, () => answersOk(`http://127.0.0.1:${httpPort}/readyz`));
    return child;
  };
  const cli = (args: readonly string[], input?: string) =>
    runProgram([...programCommand(), ...args, '--config', configFile], input);
  let child = await start();
  return {
    grpcPort,
    httpPort,
    socket,
    configFile,
    child: () => child,
    async restart() {
      child = await start();
    },
    cli,
    async cliJson<T>(args: readonly string[], input?: string) {
      const { code, stdout, stderr } = await cli([...args, '--output', 'json'], input);
      if (code !== 0) throw new Error(`sallyport ${args.join(' ')} ended with ${code}\n${stderr}${stdout}`);
      const printed: T = JSON.parse(stdout);
      return printed;
    },
  };
}
