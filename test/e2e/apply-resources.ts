import type { ProgramResult } from '../support/program.ts';
import type { Sidecar } from '../support/sidecar.ts';

/** A resource without its `apiVersion`. */
export interface Written {
  readonly kind: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

/** `apply`, where it has to succeed. */
export async function applyResources(sidecar: Sidecar, ...resources: readonly Written[]): Promise<void> {
  await sidecar.cliJson(['apply', '-f', '-'], writeResources(resources));
}

/** `apply`, whatever comes of it. */
export function tryToApply(sidecar: Sidecar, ...resources: readonly Written[]): Promise<ProgramResult> {
  return sidecar.cli(['apply', '-f', '-'], writeResources(resources));
}

function writeResources(resources: readonly Written[]): string {
  return resources
    .map((resource) => JSON.stringify({ apiVersion: 'sallyport/v1alpha1', ...resource }))
    .join('\n---\n');
}

/** A route for everything below `/<id>` of `host`, in team-a where it is not said, and the policy that judges it alone. */
export function routeWithPolicy(
  id: string,
  host: string,
  ppl: unknown,
  { namespace = 'team-a', mode = 'enforce' }: { namespace?: string; mode?: string } = {},
): Written[] {
  return [
    { kind: 'Policy', id, namespace, mode, ppl },
    { kind: 'Route', id, namespace, hosts: [host], path: { prefix: `/${id}` }, policies: [id] },
  ];
}
