import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openRedisStore } from '../../../src/store/redis/redis-store.ts';
import { generateKeyFile } from '../../../src/tokens/generate-key-file.ts';
import { loadSigningKeys } from '../../../src/tokens/key-file.ts';
import { publishKeyFile } from '../../../src/tokens/publish-key-file.ts';
import { type Child, startChild, waitUntilReady } from '../child.ts';
import { freePort } from '../free-port.ts';
import { httpRequestBytes } from '../messages.ts';
import { startSidecar } from '../sidecar.ts';
import { CheckConnection, grpcFrame } from './check-connection.ts';
import { fillStore } from './fill-store.ts';
import { type ScaleSize, scaleCaller } from './scale-records.ts';
import { signCaller } from './sign-caller.ts';

/** A sidecar on a Redis that holds a mesh of some size, ready to be measured. */
export interface ScaledSidecar {
  readonly size: ScaleSize;
  readonly port: number;
  readonly child: () => Child;
  /** Holds the Check of one caller, as h2load sends it. */
  readonly frameFile: string;
  /** First Checks of tokens, each of another account, asked for `rate` times a second. */
  firstChecks(count: number, rate: number): Promise<FirstChecks>;
  /** Has so many accounts call, from that one on; throws where one is not let in. */
  call(from: number, count: number): Promise<void>;
  /** Bytes of memory that the process has, and has had at most; proc(5). */
  memory(): { readonly resident: number; readonly peak: number };
}

export interface FirstChecks {
  /** Milliseconds that each took which was answered. */
  readonly times: readonly number[];
  /** Those that were not: more came than the machine can verify. */
  readonly failed: number;
}

export interface ScaleOptions {
  readonly folder: string;
  readonly size: ScaleSize;
  /** Starts the sidecar: `taskset -c 0`. */
  readonly launcher: readonly string[];
  /** Told of each process, so that it is ended. */
  readonly onStart: (child: () => Child) => void;
  readonly onProgress: (records: number) => void;
}

/** Milliseconds between two bursts of an even load. */
const TICK = 10;
/** Checks that are under way at once where many accounts call. */
const AT_ONCE = 64;

export async function startScaledSidecar(options: ScaleOptions): Promise<ScaledSidecar> {
  const { folder, size, launcher, onStart, onProgress } = options;
  mkdirSync(folder, { recursive: true });
  const redisPort = await startRedis(folder, onStart);
  const credential = join(folder, 'credential.json');
  const keys = { verification: [join(folder, 'public.json')], assertion: join(folder, 'assertion.json') };
  await generateKeyFile(credential, 'EdDSA');
  await publishKeyFile(credential, join(folder, 'public.json'));
  await generateKeyFile(keys.assertion, 'ES256');
  const store = await openRedisStore({
    place: { kind: 'standalone', address: { host: '127.0.0.1', port: redisPort } },
  });
  await fillStore(store, size, onProgress);
  await store.close();
  const sidecar = await startSidecar(join(folder, 'sidecar'), {
    settings: {
      // What takes too long is to be measured, too.
      store: { redis: { url: `redis://127.0.0.1:${redisPort}`, command_timeout: '5s' } },
      keys,
      log: { decisions: 'none' },
      // What takes too long is to be measured, too.
      check_timeout: '10s',
    },
    launcher,
    stdout: 'discard',
  });
  onStart(sidecar.child);

  const { signer } = await loadSigningKeys(credential);
  const requestOf = async (account: number) => {
    const caller = scaleCaller(size, account);
    const headers = { 'x-pomerium-authorization': await signCaller(signer, caller) };
    return httpRequestBytes({ method: 'GET', path: caller.path, host: caller.host, headers });
  };
  const frameFile = join(folder, 'request.bin');
  writeFileSync(frameFile, grpcFrame(await requestOf(0)));
  return {
    size,
    port: sidecar.grpcPort,
    child: sidecar.child,
    frameFile,
    async firstChecks(count, rate) {
      const accounts = Math.min(count, size.accounts - 1);
      const requests = await Promise.all(Array.from({ length: accounts }, (_, n) => requestOf(n + 1)));
      const connection = await CheckConnection.open(sidecar.grpcPort);
      try {
        return await askEvenly(connection, requests, rate);
      } finally {
        connection.close();
      }
    },
    async call(from, count) {
      const connection = await CheckConnection.open(sidecar.grpcPort);
      try {
        for (let done = 0; done < count; done += AT_ONCE) {
          const accounts = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, n) => from + done + n);
          const requests = await Promise.all(accounts.map(requestOf));
          const answers = await Promise.all(requests.map((request) => connection.ask(request)));
          const refused = answers.findIndex((answer) => !answer.includes('x-pomerium-jwt-assertion'));
          if (refused >= 0) throw new Error(`account ${accounts[refused]} was not let in`);
        }
      } finally {
        connection.close();
      }
    },
    memory: () => memoryOf(sidecar.child().pid),
  };
}

function memoryOf(pid: number): { resident: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { resident: read('VmRSS'), peak: read('VmHWM') };
}

async function startRedis(folder: string, onStart: ScaleOptions['onStart']): Promise<number> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const redis = startChild(['redis-server', ...settings]);
  onStart(() => redis);
  await waitUntilReady('redis-server', redis, async () => redis.output().includes('Ready to accept'));
  return port;
}

/** In bursts every few milliseconds, whether or not those before are answered. */
async function askEvenly(
  connection: CheckConnection,
  requests: readonly Buffer[],
  rate: number,
): Promise<FirstChecks> {
  const begun = performance.now();
  const answers: Promise<number | undefined>[] = [];
  for (const request of requests) {
    const due = begun + (answers.length / rate) * 1000;
    if (due > performance.now()) await delay(TICK);
    const asked = performance.now();
    answers.push(
      connection.ask(request).then(
        () => performance.now() - asked,
        () => undefined,
      ),
    );
  }
  const times = (await Promise.all(answers)).filter((time) => time !== undefined);
  return { times, failed: answers.length - times.length };
}
