import { GLOBAL } from '../../accounts/namespace-id.ts';
import { missingParent } from '../../accounts/namespace-tree.ts';
import { sees } from '../../roles/grants.ts';
import { forbidden, idTaken } from '../refusals.ts';
import { namespaceOf } from '../resource-kinds.ts';
import { noNamespace, type ProposedChange, type ResourceRef } from './proposed-change.ts';

/**
 * Resources that the author may not see do not exist for them. Checked first, because other problems would
 * reveal them. Throws `OperationError`.
 */
export function checkVisible({
  resources,
  removals,
  current,
  grants,
  report,
}: Pick<ProposedChange, 'resources' | 'removals' | 'current' | 'grants' | 'report'>): void {
  const isHidden = (ref: ResourceRef) => {
    const stored = current.get(ref);
    return stored !== undefined && !sees(grants, namespaceOf(stored));
  };
  for (const resource of resources) {
    const { kind, spec } = resource;
    // The directory belongs to `global`: other authors must not learn which users exist.
    const isDirectory = kind === 'DirectoryUser' || kind === 'DirectoryGroup';
    if (isDirectory && !sees(grants, GLOBAL))
      throw forbidden(`writing ${kind} ${spec.id}`, 'admin', 'above it');
    if (isHidden(resource)) throw idTaken(kind, spec.id);
    if (kind === 'Namespace') {
      const stored = current.get(resource);
      const stays = stored?.kind === 'Namespace' && stored.spec.parent === spec.parent;
      if (spec.parent !== undefined && !stays && !sees(grants, spec.parent))
        report(resource, 'parent', missingParent(spec.parent));
    } else if (!isDirectory && !sees(grants, spec.namespace))
      report(resource, 'namespace', noNamespace(spec.namespace));
  }
  for (const removal of removals)
    if (isRoot(removal) ? !sees(grants, GLOBAL) : !current.get(removal) || isHidden(removal))
      report(removal, '', 'does not exist');
}

function isRoot({ kind, spec }: ResourceRef): boolean {
  return kind === 'Namespace' && spec.id === GLOBAL;
}
