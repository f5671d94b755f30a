import { setTimeout as delay } from 'node:timers/promises';
import { type Attack, LASTS } from '../support/attacks.ts';
import { runAttack } from '../support/run-attack.ts';
import { waitUntil } from '../support/wait-until.ts';
import type { AttackMesh } from './attack-mesh.ts';
import type { AttackResult } from './attack-plan.ts';
import { forgetPeak, memoryOf, processTree } from './process-memory.ts';
import { type CheckSummary, type SteadyChecks, startSteadyChecks, summarizeChecks } from './steady-checks.ts';
import { makeUnrelatedCommits } from './unrelated-commits.ts';

/** What an attack did to the Checks of a mesh, and to the memory of its processes. */
export interface MeasuredAttack {
  readonly name: string;
  /** Just before, without the attack. */
  readonly idle: CheckSummary;
  /** From the first byte of the attack until its last answer. */
  readonly during: CheckSummary;
  readonly results: readonly AttackResult[];
  /** Bytes of memory at most, of the process and those that it started. */
  readonly dataPlanePeak: number;
  readonly controlPlanePeak: number;
  /** How often the control plane's process was another one. */
  readonly restarts: number;
}

/** Milliseconds of calls without an attack. */
const IDLE = 4_000;
/** Of calls without an attack on a machine that does little else, in milliseconds; and how often that is waited for. */
const CALM_P99 = 15;
const ATTEMPTS = 4;
/** Milliseconds after a start until a first load no longer compiles code. */
const WARM = 3_000;
const SAMPLE = 50;

/** Carries out attacks at once, while Checks go on at an even pace. */
export async function measureAttack(
  mesh: AttackMesh,
  { name, plan, commits }: Attack,
): Promise<MeasuredAttack> {
  const checks = startSteadyChecks(mesh.meshPort, mesh.robot);
  try {
    await delay(WARM);
    const idle = await measureIdle(checks);
    const memory = watchMemory(mesh);
    const from = performance.now();
    const results = await Promise.all([
      ...plan(mesh).map((each) => runAttack(mesh.folder, each)),
      ...(commits ? [makeUnrelatedCommits(mesh.folder, LASTS)] : []),
    ]);
    await checks.stop();
    const { dataPlanePeak, controlPlanePeak, restarts } = memory.stop();
    return {
      name,
      idle,
      during: summarizeChecks(checks.calls.filter(({ began }) => began >= from)),
      results,
      dataPlanePeak,
      controlPlanePeak,
      restarts,
    };
  } finally {
    await checks.stop();
    // The next attack begins on a mesh that has dealt with this one.
    await waitUntil('the admin API to answer', () => answersSoon(mesh.adminPort), { timeout: 120_000 });
  }
}

/** Without an attack no Check fails: what else runs on the machine may need a moment to end. */
async function measureIdle({ calls }: SteadyChecks): Promise<CheckSummary> {
  for (let attempt = 1; ; attempt += 1) {
    const from = performance.now();
    await delay(IDLE);
    const idle = summarizeChecks(calls.filter(({ began }) => began >= from));
    if (idle.failed === 0 && (idle.p99 <= CALM_P99 || attempt >= ATTEMPTS)) return idle;
    if (attempt >= 2 * ATTEMPTS)
      throw new Error(
        `${idle.failed} of ${idle.count} Checks fail without an attack: nothing can be measured`,
      );
  }
}

async function answersSoon(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(5000);
    return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal })).ok;
  } catch {
    return false;
  }
}

function watchMemory({ sidecar }: AttackMesh) {
  const dataPlane = sidecar.child().pid;
  const seen = new Set<number>();
  let controlPlanePeak = 0;
  const controlPlanePid = () => {
    try {
      return sidecar.controlPlanePid();
    } catch {
      // Between its end and the next start.
      return undefined;
    }
  };
  const look = () => {
    const pid = controlPlanePid();
    if (pid === undefined) return;
    seen.add(pid);
    // What it starts for a while counts as well, at the moment that it is there.
    const resident = processTree(pid).reduce((sum, each) => sum + (memoryOf(each)?.resident ?? 0), 0);
    controlPlanePeak = Math.max(controlPlanePeak, resident, memoryOf(pid)?.peak ?? 0);
  };
  forgetPeak(dataPlane);
  const first = controlPlanePid();
  if (first !== undefined) forgetPeak(first);
  look();
  const timer = setInterval(look, SAMPLE);
  return {
    stop() {
      look();
      clearInterval(timer);
      return {
        dataPlanePeak: memoryOf(dataPlane)?.peak ?? 0,
        controlPlanePeak,
        restarts: Math.max(0, seen.size - 1),
      };
    },
  };
}
