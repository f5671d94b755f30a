import type { ChildProcess } from 'node:child_process';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { retryDelay } from '../store/retry.ts';
import { messageOf } from '../text/message-of.ts';
import { ControlPlaneMessage } from './control-plane-message.ts';

/** The control plane's process, as the sidecar sees it. */
export interface SupervisedControlPlane {
  /** Whether it serves now. */
  readonly up: boolean;
  /** SIGHUP if it serves: one that starts reads its files anyway. */
  reload(): void;
  /** SIGTERM, and SIGKILL after `grace` milliseconds; resolves once it is gone. It is not started again. */
  stop(grace: number): Promise<void>;
}

/** Milliseconds of service after which the next end counts as the first failure. */
const STEADY_MS = 10_000;
/** Maximum milliseconds between two starts. */
const SLOWEST_RESTART_MS = 30_000;

/**
 * Starts the control plane's process, and restarts it with growing delays whenever it ends. Its failures do not affect the
 * sidecar. Each change of its state is logged once.
 */
export function superviseControlPlane(start: () => ChildProcess, logger: Logger): SupervisedControlPlane {
  let child: ChildProcess | undefined;
  let up = false;
  let stopping = false;
  let failures = 0;
  let logged: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const down = (problem: string) => {
    if (logged !== problem) logEvent(logger, 'control-plane-down', { problem });
    logged = problem;
  };
  const restartLater = () => {
    failures += 1;
    timer = setTimeout(run, Math.min(retryDelay(failures) * Math.max(1, failures - 5), SLOWEST_RESTART_MS));
  };
  const run = () => {
    let problem: string | undefined;
    let servedSince: number | undefined;
    let started: ChildProcess;
    try {
      started = start();
    } catch (error) {
      down(messageOf(error));
      return restartLater();
    }
    child = started;
    started.on('message', (raw) => {
      const message = ControlPlaneMessage.safeParse(raw);
      if (!message.success) return;
      if (message.data.type === 'failed') problem = message.data.problem;
      if (message.data.type !== 'listening') return;
      up = true;
      logged = undefined;
      servedSince = performance.now();
      logEvent(logger, 'control-plane-up', { address: message.data.address, pid: started.pid ?? 0 });
    });
    let ended = false;
    const onEnd = (how: string) => {
      if (ended) return;
      ended = true;
      child = undefined;
      up = false;
      if (stopping) return;
      if (servedSince !== undefined && performance.now() - servedSince >= STEADY_MS) failures = 0;
      down(problem ?? how);
      restartLater();
    };
    started.once('error', (error) => onEnd(error.message));
    started.once('exit', (code, signal) => onEnd(signal ? `ended by ${signal}` : `ended with ${code}`));
  };
  run();

  return {
    get up() {
      return up;
    },
    reload() {
      if (up) child?.kill('SIGHUP');
    },
    async stop(grace) {
      stopping = true;
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()));
      running.kill('SIGTERM');
      const kill = setTimeout(() => running.kill('SIGKILL'), grace);
      await gone;
      clearTimeout(kill);
    },
  };
}

/** MiB that the control plane may take; docs/operate.md states them. */
export const CONTROL_PLANE_MEMORY = {
  /** Resident, of its process and of those that it starts, together. */
  resident: 640,
  /** Of its JavaScript heap. */
  heap: 320,
} as const;
