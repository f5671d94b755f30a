import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SidecarContent } from './sidecar-routes.ts';

/** Metrics of Node and the process alone, in a registry of their own. */
export function createProcessMetrics(): NonNullable<SidecarContent['metrics']> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
