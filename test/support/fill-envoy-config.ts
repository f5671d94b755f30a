import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { CertificateFiles } from './certificate.ts';

/** A value of a YAML document that is looked into without a schema. */
export type YamlValue = { [key: string]: YamlValue } & YamlValue[];

/** Where everything listens, on loopback. A cluster that is left out keeps its address. */
export interface EnvoyPorts {
  readonly https: number;
  readonly http: number;
  readonly admin: number;
  readonly clusters: Readonly<Record<string, number>>;
}

const ENVOY_YAML = fileURLToPath(new URL('../../envoy.yaml', import.meta.url));

/**
 * The repository's `envoy.yaml` with ports and certificate paths filled in and every listener on loopback; nothing
 * else is changed, so that what people copy is what runs here. Throws where the file no longer has such a place.
 */
export function fillEnvoyConfig(ports: EnvoyPorts, certificate: CertificateFiles): YamlValue {
  const config: YamlValue = parse(readFileSync(ENVOY_YAML, 'utf8'));
  setAddress(place(config.admin), ports.admin);
  const { listeners, clusters } = place(config.static_resources);
  setAddress(named(listeners, 'https'), ports.https);
  setAddress(named(listeners, 'http'), ports.http);
  for (const [name, port] of Object.entries(ports.clusters))
    setAddress(place(place(clusterEndpoints(clusters, name)[0]).endpoint), port);
  const tls = place(
    named(listeners, 'https').filter_chains?.[0]?.transport_socket?.typed_config?.common_tls_context,
  );
  Object.assign(place(tls.tls_certificates?.[0]), {
    certificate_chain: { filename: certificate.cert },
    private_key: { filename: certificate.key },
  });
  return config;
}

/** The same file as it stands, but for clusters that are reached through Unix sockets: each has an endpoint a path. */
export function fillEnvoySockets(sockets: Readonly<Record<string, readonly string[]>>): unknown {
  const config: YamlValue = parse(readFileSync(ENVOY_YAML, 'utf8'));
  for (const [name, paths] of Object.entries(sockets)) {
    const endpoints: unknown[] = clusterEndpoints(config.static_resources?.clusters, name);
    endpoints.splice(0, 1, ...paths.map((path) => ({ endpoint: { address: { pipe: { path } } } })));
  }
  return config;
}

/** The settings of the connection manager, which both listeners share. */
export function connectionManager(config: YamlValue): YamlValue {
  return place(config.static_resources?.listeners?.[0]?.filter_chains?.[0]?.filters?.[0]?.typed_config);
}

/** The settings of the filter that asks Sallyport. */
export function authorizationFilter(config: YamlValue): YamlValue {
  return place(named(connectionManager(config).http_filters, 'envoy.filters.http.ext_authz').typed_config);
}

/** What the route of all paths does: the one to the service. */
export function serviceRoute(config: YamlValue): YamlValue {
  const routes = connectionManager(config).route_config?.virtual_hosts?.[0]?.routes;
  return place(routes?.find((each) => String(each.match?.prefix) === '/')?.route);
}

function clusterEndpoints(clusters: YamlValue | undefined, name: string): YamlValue[] {
  return place(named(clusters, name).load_assignment?.endpoints?.[0]?.lb_endpoints);
}

function setAddress(holder: YamlValue, port: number): void {
  Object.assign(place(holder.address?.socket_address), { address: '127.0.0.1', port_value: port });
}

function named(list: YamlValue | undefined, name: string): YamlValue {
  return place(list?.find((entry) => String(entry.name) === name));
}

function place(value: YamlValue | undefined): YamlValue {
  if (value === undefined || value === null)
    throw new Error('envoy.yaml no longer has what is filled in here');
  return value;
}
