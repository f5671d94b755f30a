import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Docker } from './docker.ts';
import { runToEnd } from './run-to-end.ts';

/** Not that of a stack which somebody runs beside; the port of Envoy is the same, though. */
const PROJECT = 'sallyport-test';

/** The stack of a checkout in `folder`. */
export interface Stack {
  readonly folder: string;
  build(): void;
  /** Runs `docker compose` with these arguments, and returns what it printed. Throws where it fails. */
  compose(...args: string[]): string;
  /** Runs `sallyport` where operators work. */
  cli(...args: string[]): string;
  /** Runs the README's commands of one kind, in a shell where each has to succeed. */
  readme(kind: string): string;
  /** `docker inspect` of the container of a service. */
  inspect(service: string): string;
  /** Ids or names of what there is of the stack, or of one of its services, in Docker. */
  remains(kind: 'container' | 'volume' | 'network', service?: string): string[];
  /** What the containers printed last. */
  logs(): string;
  /** Removes containers, networks and volumes. */
  down(): void;
}

export function openStack(folder: string, docker: Docker): Stack {
  const env = { COMPOSE_PROJECT_NAME: PROJECT };
  const options = { cwd: folder, env };
  const compose = (...args: string[]) => runToEnd([...docker.compose, ...args], options);
  return {
    folder,
    compose,
    build() {
      // Not by compose: where the daemon has no bridge, building needs the machine's network.
      for (const [image, target] of [
        ['sallyport', []],
        ['sallyport-demo', ['--target', 'demo']],
      ] as const) {
        console.log(`building ${image} …`);
        const file = ['--network', 'host', '--file', 'deploy/Dockerfile', ...target];
        runToEnd(['docker', 'build', '--quiet', ...file, '--tag', image, '.'], {
          ...options,
          timeout: 1_800_000,
        });
      }
    },
    cli: (...args) => compose('run', '--rm', '-T', 'cli', ...args),
    readme: (kind) => {
      const commands = readmeCommands(folder, kind);
      const shell = [
        'set -euo pipefail',
        `docker() { if [ "$1" = compose ]; then shift; ${docker.compose.join(' ').replace('docker ', 'command docker ')} "$@"; else command docker "$@"; fi; }`,
      ];
      return runToEnd(['bash', '-c', [...shell, commands].join('\n')], options);
    },
    inspect: (service) =>
      runToEnd(['docker', 'inspect', compose('ps', '--all', '-q', service).trim()], options),
    remains: (kind, service) => {
      const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`];
      if (service !== undefined) filter.push('--filter', `label=com.docker.compose.service=${service}`);
      const listed = runToEnd(['docker', kind, 'ls', ...filter, ...(kind === 'container' ? ['--all'] : [])]);
      return listed.split('\n').filter((line) => line !== '');
    },
    logs: () => compose('logs', '--tail', '30'),
    down: () => void compose('down', '--volumes', '--timeout', '5'),
  };
}

function readmeCommands(folder: string, kind: string): string {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```sh (compose-\w+)\n(.*?)^```$/gms)];
  const found = blocks.filter(([, name]) => name === `compose-${kind}`).map(([, , commands]) => commands);
  if (found.length === 0) throw new Error(`README.md has no commands "sh compose-${kind}"`);
  return found.join('\n');
}
