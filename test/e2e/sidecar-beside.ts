import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { YamlValue } from '../support/fill-envoy-config.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import type { Stack } from '../support/stack.ts';

/** One more sidecar on the store of a stack, with settings of its own. Stop it before the stack. */
export function startSidecarBeside(
  stack: Stack,
  name: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Sidecar> {
  const store = { embedded: { path: join(stack.folder, 'store') } };
  return startSidecar(join(stack.folder, name), { settings: { store, ...settings } });
}

/** Where a sidecar answers: a port of loopback, or the path of a Unix socket. */
export type CheckAddress = number | string;

/** Lets Envoy ask the sidecars at these addresses and no others. */
export function askSidecarsAt(config: YamlValue, ...addresses: readonly CheckAddress[]): void {
  const endpoints = addresses.map((address) => ({
    endpoint: {
      address:
        typeof address === 'number'
          ? { socket_address: { address: '127.0.0.1', port_value: address } }
          : { pipe: { path: address } },
    },
  }));
  const { load_assignment } = clusterNamed(config, 'sallyport');
  Object.assign(load_assignment?.endpoints?.[0] ?? {}, { lb_endpoints: endpoints });
}

/** Lets Envoy take what listens on this port of loopback for the service. */
export function sendServiceTo(config: YamlValue, port: number): void {
  const endpoint = clusterNamed(config, 'verify').load_assignment?.endpoints?.[0]?.lb_endpoints?.[0]
    ?.endpoint;
  Object.assign(endpoint?.address?.socket_address ?? {}, { port_value: port });
}

/** A cluster of an Envoy configuration. */
export function clusterNamed(config: YamlValue, name: string): YamlValue {
  const cluster = config.static_resources?.clusters?.find((each) => String(each.name) === name);
  assert.ok(cluster, `envoy.yaml has no cluster ${name}`);
  return cluster;
}

/** A listener of an Envoy configuration: `http` or `https`. */
export function listenerNamed(config: YamlValue, name: string): YamlValue {
  const listener = config.static_resources?.listeners?.find((each) => String(each.name) === name);
  assert.ok(listener, `envoy.yaml has no listener ${name}`);
  return listener;
}
