import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runToEnd, succeeds } from './run-to-end.ts';

const DAEMON_PID = '/var/run/standin-dockerd.pid';
/** Beside the checkout. It makes local images under the public names, where none can be pulled. */
const STAND_INS = ['../../../shared/tools/standin-images.sh']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .concat('/work/shared/tools/standin-images.sh')
  .find((path) => existsSync(path));
const PUBLIC_IMAGES = ['node:24-slim', 'redis:7', 'envoyproxy/envoy:v1.40.0'];

export interface Docker {
  /** How compose is called: version 2 as a plugin, or its predecessor. */
  readonly compose: readonly string[];
  /** Ends the daemon where this process started it. */
  release(): void;
}

/** Docker as it is here; where it is missing and can be had, it is installed and started. */
export function provideDocker(): Docker {
  const ranBefore = succeeds(['docker', 'info']);
  if (STAND_INS !== undefined) runToEnd(['bash', STAND_INS, ...PUBLIC_IMAGES], { timeout: 900_000 });
  else if (!ranBefore) throw new Error('docker does not answer: start its daemon and run this again');
  const plugin = ['docker', 'compose'];
  return {
    compose: succeeds([...plugin, 'version']) ? plugin : ['docker-compose'],
    release: () => {
      if (!ranBefore) endDaemon();
    },
  };
}

function endDaemon(): void {
  const pid = Number(readFileSync(DAEMON_PID, 'utf8'));
  process.kill(pid, 'SIGTERM');
  // The shell waits, so that nothing else happens meanwhile; a process that is gone can't be signalled.
  runToEnd(['bash', '-c', `while kill -0 ${pid} 2>/dev/null; do sleep 0.2; done`], { timeout: 60_000 });
}
