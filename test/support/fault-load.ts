import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { IssuedAccount } from '../faults/mesh-admin.ts';
import { MESH_HOST } from '../faults/mesh-admin.ts';

/** Whose credential a call came with. */
export type CallerKind =
  /** In use before the fault. */
  | 'good'
  /** Good, and never seen before. */
  | 'first'
  /** In use before the fault, revoked during it. */
  | 'revoked'
  /** Of an account that never was. */
  | 'unknown';

export interface LoadCall {
  readonly kind: CallerKind;
  /** Of `performance.now()`, before anything was sent and when the answer was there. */
  readonly began: number;
  readonly ended: number;
  /** What Envoy's client saw; 0 where the connection broke. */
  readonly status: number;
}

export interface LoadCredentials {
  readonly good: readonly IssuedAccount[];
  readonly revoked: IssuedAccount;
  readonly unknown: string;
  /** Each is used once. */
  readonly first: IssuedAccount[];
}

export interface FaultLoad {
  readonly calls: readonly LoadCall[];
  stop(): Promise<void>;
}

/** Milliseconds between two calls of one caller. */
const PACE: Readonly<Record<CallerKind, number>> = { good: 15, revoked: 15, unknown: 60, first: 80 };
const TIMEOUT = 10_000;

/** Calls through Envoy's plain listener with each kind of credential, until it is stopped. */
export function startFaultLoad(port: number, credentials: LoadCredentials): FaultLoad {
  const calls: LoadCall[] = [];
  let stopped = false;
  let turn = 0;
  const next: Readonly<Record<CallerKind, () => string | undefined>> = {
    good: () => credentials.good[turn++ % credentials.good.length]?.jwt,
    revoked: () => credentials.revoked.jwt,
    unknown: () => credentials.unknown,
    first: () => credentials.first.pop()?.jwt,
  };
  async function run(kind: CallerKind): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopped) {
      const jwt = next[kind]();
      if (jwt !== undefined) {
        const began = performance.now();
        const status = await callWith(port, agent, jwt);
        calls.push({ kind, began, ended: performance.now(), status });
      }
      await delay(PACE[kind]);
    }
    agent.destroy();
  }
  const kinds: readonly CallerKind[] = ['good', 'good', 'revoked', 'unknown', 'first'];
  const running = Promise.all(kinds.map(run));
  return {
    calls,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** The status that Envoy's client sees, or 0. */
export async function callWith(port: number, agent: Agent | false, jwt: string): Promise<number> {
  try {
    const answer = await new Promise<IncomingMessage>((done, fail) => {
      const headers = { host: MESH_HOST, 'x-pomerium-authorization': jwt };
      const request = get({ host: '127.0.0.1', port, agent, headers, timeout: TIMEOUT }, done);
      request.once('error', fail);
      request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT} ms`)));
    });
    answer.resume();
    await new Promise((done, fail) => answer.once('end', done).once('error', fail));
    return answer.statusCode ?? 0;
  } catch {
    return 0;
  }
}
