import { ancestors, MAX_NAMESPACE_DEPTH } from '../../accounts/namespace-tree.ts';
import { ofKind } from '../../manifests/resource.ts';
import { sees } from '../../roles/grants.ts';
import { type ProposedChange, refsByName } from './proposed-change.ts';

/** The namespaces form one tree, with hosts granted level by level. Earlier problems of the tree block no change. */
export function checkNamespaces(change: ProposedChange): void {
  const { written, removals, treeProblems, grants, report } = change;
  const own = refsByName(ofKind('Namespace', written));
  const [cause] = [...own.values(), ...ofKind('Namespace', removals)];
  for (const { id, field, problem, names } of treeProblems) {
    const resource = own.get(`Namespace ${id}`);
    const shown = names === undefined || sees(grants, names) ? problem : 'one of them is not available here';
    if (resource) report(resource, field, shown);
    else if (cause && sees(grants, id)) report(cause, '', `would break namespace ${id}: ${field}: ${shown}`);
    else if (cause) report(cause, '', 'would break another namespace');
  }
  checkDepth(change);
}

function checkDepth({ moved, written, nextTree, report }: ProposedChange): void {
  const changed = [...moved, ...ofKind('Namespace', written)];
  if (changed.length === 0) return;
  const deepest = [...nextTree.nodes.values()].find(({ depth }) => depth > MAX_NAMESPACE_DEPTH);
  if (!deepest) return;
  const above = new Set<string>(Array.from(ancestors(deepest), ({ id }) => id));
  const cause = changed.find(({ spec }) => above.has(spec.id));
  if (cause)
    report(cause, 'parent', `expected at most ${MAX_NAMESPACE_DEPTH} levels of namespaces below global`);
}
