import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { callWith } from '../support/fault-load.ts';

/** One call through Envoy. */
export interface SteadyCheck {
  /** Of `performance.now()`. */
  readonly began: number;
  /** Milliseconds until the answer was there. */
  readonly took: number;
  /** What Envoy's client saw; 0 where the connection broke. */
  readonly status: number;
}

export interface SteadyChecks {
  readonly calls: readonly SteadyCheck[];
  /** Resolves once every call that began is answered. */
  stop(): Promise<void>;
}

/** Milliseconds between two calls. */
const PACE = 10;
const CONNECTIONS = 4;

/**
 * Calls through Envoy's plain listener at an even pace, over several connections that stay open, whether or not the calls
 * before are answered: what is slow makes no call fewer, and so hides nothing.
 */
export function startSteadyChecks(port: number, jwt: string): SteadyChecks {
  const calls: SteadyCheck[] = [];
  const agents = Array.from({ length: CONNECTIONS }, () => new Agent({ keepAlive: true }));
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  async function call(agent: Agent): Promise<void> {
    const began = performance.now();
    const status = await callWith(port, agent, jwt);
    calls.push({ began, took: performance.now() - began, status });
  }
  async function run(): Promise<void> {
    for (let turn = 0; !stopped; turn += 1) {
      const agent = agents[turn % agents.length];
      if (!agent) throw new Error('no connections');
      const answered = call(agent);
      underWay.add(answered);
      void answered.finally(() => underWay.delete(answered));
      await delay(PACE);
    }
    await Promise.all(underWay);
    for (const each of agents) each.destroy();
  }
  const running = run();
  return {
    calls,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** Of calls: how many there were and failed, and the milliseconds within which that part of them was answered. */
export interface CheckSummary {
  readonly count: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

export function summarizeChecks(calls: readonly SteadyCheck[]): CheckSummary {
  const times = calls.map(({ took }) => took).sort((a, b) => a - b);
  const at = (part: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
  return {
    count: calls.length,
    failed: calls.filter(({ status }) => status !== 200).length,
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
  };
}
