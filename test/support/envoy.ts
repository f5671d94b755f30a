import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFiles } from './certificate.ts';
import { answersOk, type Child, startChild, waitUntilReady } from './child.ts';
import { type EnvoyPorts, fillEnvoyConfig, type YamlValue } from './fill-envoy-config.ts';
import { freePort } from './free-port.ts';
import { toolPath } from './install-tools.ts';

export interface Envoy {
  readonly ports: EnvoyPorts;
  readonly child: Child;
}

export interface EnvoyOptions {
  readonly folder: string;
  /** Names its configuration file in `folder`. */
  readonly name?: string;
  readonly certificate: CertificateFiles;
  readonly clusters: Readonly<Record<string, number>>;
  /** Wanted ports; where one is taken, or none is wanted, a free one serves. */
  readonly https?: number;
  readonly http?: number;
  /** A change of the configuration beyond ports and paths, for tests of what happens without a safeguard. */
  readonly edit?: (config: YamlValue) => void;
}

/** Starts Envoy with the repository's `envoy.yaml` and waits until it listens and has asked the sidecar's health. */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const ports: EnvoyPorts = {
    https: await freePort(options.https),
    http: await freePort(options.http),
    admin: await freePort(),
    clusters: options.clusters,
  };
  const config = fillEnvoyConfig(ports, options.certificate);
  options.edit?.(config);
  const file = join(options.folder, `${options.name ?? 'envoy'}.json`);
  writeFileSync(file, JSON.stringify(config));
  const child = startChild([
    toolPath('envoy'),
    ...[
      '--config-path',
      file,
      '--concurrency',
      '1',
      '--disable-hot-restart',
      '--log-level',
      'warning',
      '--file-flush-interval-msec',
      '100',
    ],
  ]);
  await waitUntilReady('envoy', child, () => answersOk(`http://127.0.0.1:${ports.admin}/ready`));
  return { ports, child };
}
