import { createMetrics } from '../../src/observe/metrics.ts';
import { createProcessMetrics } from '../../src/observe/process-metrics.ts';
import { allow, deny } from './decisions.ts';

/** `/metrics` of the data plane and of the control plane, with all that either can have. */
export async function metricsOfBothPlanes(): Promise<string[]> {
  const contact = () => ({ up: true, at: performance.now() });
  const fileFaults = () => 0;
  const logger = { problems: new Map([['policy-fault', 1]]) };
  const metrics = createMetrics({
    version: '1.2.3',
    logger,
    controlPlaneUp: () => true,
    store: { contact, writable: () => true, maxStalenessMs: 60_000 },
    fileFaults,
  });
  for (const decision of [allow, deny]) metrics.recordDecision(decision, 0.01);
  const controlPlane = createProcessMetrics({
    version: '1.2.3',
    logger,
    credentials: () => ({ expiring: { mesh: { 7: 1 } }, byKey: new Map([['k1', 1]]) }),
    contact,
    fileFaults,
  });
  return [await metrics.text(), (await controlPlane()).text];
}
