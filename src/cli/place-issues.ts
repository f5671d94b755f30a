import { OperationError } from '../contract/operation-error.ts';
import { ResourceError, type ResourceOrigin, type ResourceProblem } from '../manifests/resource.ts';
import type { Removal } from '../operations/changes/proposed-change.ts';

/**
 * A refusal of resources, with the places of the files that they come from, which the operation does not know.
 * @param otherwise where an issue belongs that is about none of them
 */
export function placeIssues(
  error: unknown,
  subjects: readonly Removal[],
  otherwise: ResourceOrigin,
): unknown {
  if (!(error instanceof OperationError) || error.issues.length === 0) return error;
  const origins = new Map(subjects.map(({ kind, spec, origin }) => [`${kind} ${spec.id}`, origin]));
  return new ResourceError(
    error.issues.map(
      ({ path, message }): ResourceProblem => ({
        origin: originOf(path, origins) ?? otherwise,
        path,
        message,
      }),
    ),
  );
}

/** A path begins with the resource, as `Route checkout: hosts`; ids may hold what looks like its end. */
function originOf(path: string, origins: ReadonlyMap<string, ResourceOrigin>): ResourceOrigin | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf(': ', end - 1)) {
    const origin = origins.get(path.slice(0, end));
    if (origin) return origin;
  }
  return undefined;
}
