import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answersOk, type Child, type ChildOptions, startChild, waitUntilReady } from './child.ts';
import { freePort } from './free-port.ts';
import { type ProgramResult, programCommand, runProgram } from './program.ts';

/** A `sallyport serve` with an embedded store in `folder`, on loopback and a Unix socket. */
export interface Sidecar {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Of the control plane, where it runs. */
  readonly adminPort: number;
  readonly socket: string;
  readonly configFile: string;
  /** The process that runs now. */
  child(): Child;
  /** The control plane's process. Throws where it does not run. */
  controlPlanePid(): number;
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
  /** Runs the control plane beside it, too. */
  readonly controlPlane?: boolean;
  /** A program, with its arguments, that starts it: `taskset -c 0`. */
  readonly launcher?: readonly string[];
}

/** Starts a sidecar and waits until it is ready. */
export async function startSidecar(folder: string, options: SidecarOptions = {}): Promise<Sidecar> {
  const grpcPort = await freePort();
  const httpPort = await freePort();
  const adminPort = await freePort();
  const socket = join(folder, 'check.sock');
  const configFile = join(folder, 'sallyport.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    configFile,
    stringify({
      listen: [`127.0.0.1:${grpcPort}`, `unix:${socket}`],
      http: { listen: `127.0.0.1:${httpPort}` },
      admin: { listen: options.controlPlane ? `127.0.0.1:${adminPort}` : 'off' },
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
    const ports = options.controlPlane ? [httpPort, adminPort] : [httpPort];
    for (const port of ports)
      await waitUntilReady('sallyport serve', child, () => answersOk(`http://127.0.0.1:${port}/readyz`));
    return child;
  };
  const cli = (args: readonly string[], input?: string) =>
    runProgram([...programCommand(), ...args, '--config', configFile], input);
  let child = await start();
  return {
    grpcPort,
    httpPort,
    adminPort,
    socket,
    configFile,
    child: () => child,
    controlPlanePid: () => onlyChildOf(child.pid),
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

/** The one process that a process has started and that still runs (Linux). */
function onlyChildOf(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const [child] = children;
  if (child === undefined || children.length > 1)
    throw new Error(`process ${pid} has ${children.length} children, not one`);
  return Number(child);
}
