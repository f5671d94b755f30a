import { buildNamespaceTree } from '../accounts/namespace-tree.ts';
import { type ResourceFile, readableResources } from '../manifests/parse-resources.ts';
import { ALL_GRANTS } from '../roles/grants.ts';
import { checkRouteHosts } from './changes/check-hosts.ts';
import type { ReportProblem } from './changes/proposed-change.ts';
import type { PolicyFinding } from './lint-policies.ts';

/**
 * Hosts that namespaces and routes name and that were not granted to them, as far as the files tell: namespaces whose way
 * up to `global` is not in them are left out, with their routes. A store may hold such, made by an earlier version.
 */
export function lintHosts(sources: readonly ResourceFile[]): PolicyFinding[] {
  const resources = sources.flatMap(readableResources);
  const namespaces = resources.flatMap((resource) => (resource.kind === 'Namespace' ? [resource] : []));
  const { tree, problems } = buildNamespaceTree(namespaces.map(({ spec }) => spec));
  const findings: PolicyFinding[] = [];
  const report: ReportProblem = ({ kind, spec, origin }, field, message) =>
    void findings.push({
      file: origin.file,
      severity: 'error',
      path: `${kind} ${spec.id}: ${field}`,
      message,
    });
  for (const { id, field, problem } of problems) {
    const resource = namespaces.find(({ spec }) => spec.id === id);
    if (resource && field === 'hosts') report(resource, field, problem);
  }
  for (const resource of resources) {
    const node = resource.kind === 'Route' ? tree.nodes.get(resource.spec.namespace) : undefined;
    if (resource.kind !== 'Route' || !node) continue;
    checkRouteHosts(resource, node, tree, ALL_GRANTS, report);
    if (!resource.spec.hosts && !node.hostOwner)
      findings.push({
        file: resource.origin.file,
        severity: 'warning',
        path: `Route ${resource.spec.id}`,
        message: `namespace ${node.id} has no hosts, so it is matched only if Envoy names it`,
      });
  }
  return findings;
}
