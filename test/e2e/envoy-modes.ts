import { authorizationFilter, connectionManager, type YamlValue } from '../support/fill-envoy-config.ts';

/** Envoy configurations in which nothing of ours may get past Sallyport, safest first. */
export const ENVOY_MODES: Readonly<Record<string, (config: YamlValue) => void>> = {
  'envoy.yaml': () => {},
  'joined headers': joinHeaders,
  'no safeguards': removeSafeguards,
  'no safeguards, joined headers': (config) => {
    joinHeaders(config);
    removeSafeguards(config);
  },
};

/** Repeated headers arrive as one, joined by commas. */
function joinHeaders(config: YamlValue): void {
  delete authorizationFilter(config).encode_raw_headers;
}

/** What Envoy's own defaults let through: underscores, forged identities, paths of any form. */
export function removeSafeguards(config: YamlValue): void {
  const manager = connectionManager(config);
  delete manager.common_http_protocol_options?.headers_with_underscores_action;
  delete manager.early_header_mutation_extensions;
  delete manager.path_with_escaped_slashes_action;
  delete manager.normalize_path;
  delete manager.merge_slashes;
}
