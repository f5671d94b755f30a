import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { within } from './within.ts';

/** A redis-server of our own, on loopback, in a folder that goes with it. */
export interface RedisServer {
  readonly port: number;
  readonly address: { readonly host: string; readonly port: number };
  /** Where its files are. */
  readonly folder: string;
  readonly process: ChildProcess;
  /** A client for the test itself; closed by `stop`. */
  readonly client: Redis;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** SIGKILL, and the same port and folder again where `restart` follows. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export interface ServerOptions {
  /** As on the command line: `['--appendonly', 'yes']`. */
  readonly config?: readonly string[];
  /** `--sentinel` makes a Sentinel of it, whose configuration is a file. */
  readonly file?: (port: number, folder: string) => string;
}

/** Starts a server with append-only file and without snapshots, and waits until it answers. */
export async function startRedis({ config = [], file }: ServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-redis-'));
  const port = await freePort();
  const args = [
    ...(file ? [file(port, folder), '--sentinel'] : ['--save', '', '--appendonly', 'yes']),
    ...['--port', `${port}`, '--bind', HOST, '--dir', folder, '--daemonize', 'no', ...config],
  ];
  let child = await launch(args);
  const client = new Redis({
    host: HOST,
    port,
    protocol: 2,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  };
  return {
    port,
    address: { host: HOST, port },
    folder,
    get process() {
      return child;
    },
    client,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: end,
    async restart() {
      await end();
      child = await launch(args);
    },
    async stop() {
      client.disconnect();
      await end();
      await removeFolder(folder);
    },
  };
}

/** A killed server may leave a child behind that rewrites its append-only file, for a moment, in the folder that goes. */
async function removeFolder(folder: string): Promise<void> {
  await until('the folder of a server to be gone', () => {
    try {
      rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  });
}

async function launch(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: unknown) => {
      output = `${output}${chunk}`.slice(-8000);
      if (/Ready to accept connections|Sentinel ID is/.test(output)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${output}`)));
  });
  // A test that was ended must leave none behind.
  const leave = () => child.kill('SIGKILL');
  process.once('exit', leave);
  child.once('exit', () => process.off('exit', leave));
  await within(ready, `redis-server ${args.join(' ')}`);
  return child;
}

/** Three primaries without replicas, that share all slots. */
export async function startCluster(): Promise<RedisServer[]> {
  const servers = await Promise.all(
    [0, 1, 2].map(async () =>
      startRedis({
        config: [
          '--cluster-enabled',
          'yes',
          '--cluster-port',
          `${await freePort()}`,
          '--cluster-node-timeout',
          '2000',
        ],
      }),
    ),
  );
  const [first] = servers;
  if (!first) throw new Error('no servers');
  const bounds = [0, 5461, 10923, 16384];
  for (const [index, { client }] of servers.entries())
    await client.call('CLUSTER', 'ADDSLOTSRANGE', `${bounds[index]}`, `${(bounds[index + 1] ?? 0) - 1}`);
  const bus = String(await first.client.config('GET', 'cluster-port')).split(',')[1] ?? '';
  for (const { client } of servers.slice(1)) await client.call('CLUSTER', 'MEET', HOST, `${first.port}`, bus);
  await until('the Cluster to be whole', async () =>
    (await Promise.all(servers.map(({ client }) => client.cluster('INFO')))).every((info) =>
      /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(info),
    ),
  );
  return servers;
}

export interface SentinelSetup {
  readonly name: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  /** The port that the Sentinels name as the primary's. */
  named(): Promise<number>;
  stop(): Promise<void>;
}

/** A primary, its replica and three Sentinels that take half a second without an answer for a failure. */
export async function startSentinels(
  options: { readonly config?: readonly string[] } = {},
): Promise<SentinelSetup> {
  const name = 'mesh';
  const config = [...(options.config ?? []), '--repl-diskless-sync-delay', '0'];
  const primary = await startRedis({ config });
  const replica = await startRedis({ config: [...config, '--replicaof', HOST, `${primary.port}`] });
  await until('the replica to be in step', async () =>
    /slave0:.*state=online/.test(await primary.client.info()),
  );
  const sentinels = await Promise.all(
    [0, 1, 2].map(() =>
      startRedis({
        file: (_, folder) => {
          const path = join(folder, 'sentinel.conf');
          writeFileSync(
            path,
            [
              `sentinel monitor ${name} ${HOST} ${primary.port} 2`,
              `sentinel down-after-milliseconds ${name} 500`,
              `sentinel failover-timeout ${name} 3000`,
              '',
            ].join('\n'),
          );
          return path;
        },
      }),
    ),
  );
  const ask = (sentinel: RedisServer) => sentinel.client.call('SENTINEL', 'MASTER', name);
  await until('the Sentinels to know each other and the replica', async () =>
    (await Promise.all(sentinels.map(ask))).every((reply) => {
      const text = String(reply);
      return text.includes('num-other-sentinels,2') && text.includes('num-slaves,1');
    }),
  );
  return {
    name,
    primary,
    replica,
    sentinels,
    async named() {
      const reply = await sentinels[0]?.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
      return Number(Array.isArray(reply) ? reply[1] : 0);
    },
    async stop() {
      await Promise.all([...sentinels, primary, replica].map((server) => server.stop()));
    },
  };
}

/** Resolves once `state` is so. */
export async function until(what: string, state: () => Promise<boolean> | boolean, milliseconds = 30_000) {
  let over = false;
  const poll = async () => {
    while (!over && !(await state())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  try {
    await within(poll(), what, milliseconds);
  } finally {
    over = true;
  }
}
